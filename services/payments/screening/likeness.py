"""How alike two words are, 0 to 1. Pure."""

from rapidfuzz.distance import OSA

from services.payments.screening.scripts import Token, Way

SAME_SKELETON = (0.0, 0.60, 0.82, 0.88, 0.92)
"""By the number of consonants; together with others that agree, ENOUGH_TOGETHER in all, the short ones count as the long."""


def likeness_of(asked: Token, listed: Token) -> float:
    """0 to 1; 0 where they are not to be taken for each other."""
    if Way.RENDERED in (asked.way, listed.way):
        return max(_skeletons(one, other) for one in skeletons_of(asked) for other in skeletons_of(listed))
    if Way.ABJAD in (asked.way, listed.way):
        return _skeletons(asked.abjad, listed.abjad)
    if asked.text == listed.text:
        return 1.0
    if asked.sound == listed.sound:
        return 0.96
    by_letters = _spelled(asked.text, listed.text)
    by_sound = 0.97 * _spelled(asked.sound, listed.sound)
    by_skeleton = 0.85 if len(listed.abjad) >= 4 and asked.abjad == listed.abjad else 0.0
    return max(by_letters, by_sound, by_skeleton)


def skeletons_of(token: Token) -> tuple[str, ...]:
    return (token.rendered, token.abjad) if token.way is Way.RENDERED else (token.rendered,)


def _spelled(asked: str, listed: str) -> float:
    """As many errors as a name of that length may have: none up to three letters, one up to five, two up to eight, then three."""
    longest = max(len(asked), len(listed))
    most = 0 if longest <= 3 else 1 if longest <= 5 else 2 if longest <= 8 else 3
    errors = OSA.distance(asked, listed, score_cutoff=most)
    return 1 - errors / longest if errors <= most else 0.0


def _skeletons(asked: str, listed: str) -> float:
    """Few letters say little: the shorter the skeleton, the less alike."""
    longest = max(len(asked), len(listed))
    if asked == listed:
        return SAME_SKELETON[min(longest, 4)]
    if longest < 3 or not asked or not listed:
        return 0.0
    errors = OSA.distance(asked, listed, score_cutoff=longest // 4 + 1)
    if errors == 1:
        return 0.70 if longest == 3 else 0.80 if longest < 6 else 0.85
    if errors == 2:
        return 0.0 if longest < 6 else 0.72 if longest < 9 else 0.81
    return 0.80 if errors <= longest // 4 and longest >= 12 else 0.0
