"""What lending refuses for the lender's own sake.

Refusal
├── NotFound (404)
│   └── UnknownQuestionnaire     none is in force
├── Conflict (409)
│   ├── NoRiskLevel              she has not answered the questionnaire, or not for a year
│   ├── LevelTooLow              the programme asks for more
│   ├── QuestionnaireOutdated    another version of it is asked today
│   └── TooManyTries             three a day
└── Invalid (422)
    └── AnswersWrong             a question is not answered, or with something it does not offer
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownQuestionnaire(NotFound):
    code = "unknown_questionnaire"


class NoRiskLevel(Conflict):
    code = "no_risk_level"


class LevelTooLow(Conflict):
    code = "level_too_low"


class QuestionnaireOutdated(Conflict):
    code = "questionnaire_outdated"


class TooManyTries(Conflict):
    code = "too_many_tries"


class AnswersWrong(Invalid):
    code = "answers_wrong"
