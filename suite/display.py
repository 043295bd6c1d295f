"""What `sifang up` shows: steps with their time while it starts, then where everything is."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from suite.folder import Folder, RunningSuite


@dataclass
class Display:
    """Drawn when told to: a thread that draws by itself and a process that starts others do not go together."""

    console: Console = field(default_factory=lambda: Console(highlight=False))
    _progress: Progress | None = None
    _tasks: dict[str, TaskID] = field(default_factory=dict)
    _began: dict[str, float] = field(default_factory=dict)

    def say(self, line: str) -> None:
        self.console.print(f"{time.strftime('%H:%M:%S')} {line}", soft_wrap=True)

    @contextmanager
    def steps(self, names: Iterable[str]) -> Iterator[None]:
        """Show these steps while the block lasts. On something that is not a terminal: one line as each ends."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self.console, auto_refresh=False, transient=True)
        if not self.console.is_terminal:
            self._progress.disable = True
        with self._progress:
            for name in names:
                self._tasks[name] = self._progress.add_task(name, total=None, start=False)
            yield
        self._progress = None

    def begin(self, *names: str) -> None:
        for name in names:
            self._began.setdefault(name, time.monotonic())
            if self._progress is not None and name in self._tasks:
                self._progress.start_task(self._tasks[name])
        self.draw()

    def end(self, name: str, note: str = "") -> None:
        seconds = time.monotonic() - self._began.get(name, time.monotonic())
        if self._progress is not None and name in self._tasks:
            self._progress.update(self._tasks.pop(name), total=1, completed=1, visible=False)
        self.console.print(
            f"[green]✓[/green] {name}{f' {note}' if note else ''} [dim]{seconds:.1f} s[/dim]", soft_wrap=True
        )

    def draw(self) -> None:
        if self._progress is not None:
            self._progress.refresh()


def show_addresses(console: Console, folder: Folder, suite: RunningSuite) -> None:
    table = Table(box=None, padding=(0, 2), show_header=False)
    for name, service in suite.services.items():
        table.add_row(f"[bold]{name}[/bold]", service.url)
    console.print(table)
    if "gateway" in suite.services:
        console.print(
            f"Console: [bold]{suite.url('gateway')}/console[/bold]   API: {suite.url('gateway')}/docs", soft_wrap=True
        )
    show_sign_ins(console, folder)


def show_sign_ins(console: Console, folder: Folder) -> None:
    """The demo's people. demo.json: {"sign_ins": [{"who", "contact", "password"}, …]}."""
    if not folder.demo.exists():
        return
    sign_ins = json.loads(folder.demo.read_text()).get("sign_ins", [])
    table = Table(title="Demo sign-ins", title_justify="left", box=None, padding=(0, 2))
    for column in ("who", "contact", "password"):
        table.add_column(column)
    for entry in sign_ins:
        table.add_row(*(str(entry.get(column, "")) for column in ("who", "contact", "password")))
    if sign_ins:
        console.print(table)


def show_status(console: Console, suite: RunningSuite) -> None:
    """A line for each process; of several at one address each with its own address, below the service's."""
    table = Table(box=None, padding=(0, 2))
    for column in ("service", "state", "address", "pid", "restarts"):
        table.add_column(column)
    for name, service in suite.services.items():
        several = len(service.processes) > 1
        if several:
            table.add_row(name, _state(service.ready), service.url)
        for number, process in enumerate(service.processes, 1):
            shown = f"  process {number}" if several else name
            table.add_row(shown, _state(process.ready), process.url, str(process.pid or "-"), str(process.restarts))
    console.print(f"suite {suite.state}, supervisor {suite.pid}")
    console.print(table)


def _state(ready: bool) -> str:
    return "[green]ready[/green]" if ready else "[yellow]starting[/yellow]"
