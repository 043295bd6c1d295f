"""The benchmark of screening on a small scale, where the real list is; of its pieces what can be seen without."""

import json

import pytest

from benchmarks import screening
from benchmarks.plan import Plan
from benchmarks.screened_names import CYRILLIC, KINDS, by_letters, in_characters, innocents, original, variants


@pytest.mark.skipif(not screening.REAL.is_dir(), reason="the real list is not beside the repository")
def test_variants_are_found_and_innocent_people_are_not() -> None:
    result = screening.measured(Plan(rounds=1, seconds=0.01), added=300, people=1_500, of_a_kind=40)
    told = json.loads(result.line())
    assert (told["name"], len(result.notes)) == ("screening", 29)


def test_variants_are_what_they_are_called() -> None:
    bout = original(0, "BOUT, Viktor Anatolijevich", True)
    assert (bout.words, bout.surnames) == (("bout", "viktor", "anatolijevich"), 1)
    made = variants([bout], 1, 20)
    assert {one.kind for one in made} == set(KINDS)
    assert len({(one.kind, one.text) for one in made}) == len(made)
    assert by_letters("khoroshev", CYRILLIC) == "хорошев"
    assert in_characters("elvis") == "埃尔维斯"
    people = list(innocents(100, 1))
    assert len(set(people)) == 100
