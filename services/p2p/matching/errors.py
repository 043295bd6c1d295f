"""What is refused about runs.

Refusal
└── NotFound (404)
    └── UnknownMatchingRun
"""

from chassis.errors import NotFound


class UnknownMatchingRun(NotFound):
    code = "unknown_matching_run"
