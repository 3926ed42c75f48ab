"""Walls: pages that a scraper got instead of the article, such as checks for robots and requests for cookies."""

import re
from typing import Final

from index.clutter.forms import quotes_somebody

WALL: Final = "a check for robots or a cookie wall stands where the article should be"
# Such a page is shorter; a report about one is longer, or quotes somebody.
LONGEST: Final = 1_500
FEWEST_SIGNS: Final = 2
_SIGNS: Final = tuple(
    re.compile(sign, re.IGNORECASE)
    for sign in (
        r"\b(?:verify|verifying|confirm|check|checking|make sure)\b.{0,30}\byou(?:'re|’re| are)? (?:are )?"
        r"(?:a |not a )?(?:human|robot|bot)|\bare you (?:a )?(?:human|robot)|"
        r"\bprove you(?:'re|’re| are)\b|human verification",
        r"\bchecking (?:if |that )?(?:your|the site) (?:browser|connection)|browser (?:before accessing|check)",
        r"\bautomated (?:program|requests?|traffic|access)|\bunusual (?:traffic|activity)|suspicious activity",
        r"\b(?:ray|reference|incident|request|event) (?:id|#|number) ?:? ?[\w.#-]*\d",
        r"\bcaptcha|press (?:&|and) hold|complete the (?:security )?check|slide to",
        r"\benable (?:javascript|cookies)|javascript and cookies|disable (?:any |your )?(?:ad|script)[ -]?blockers?",
        r"\byour browser will redirect|\bredirected? (?:you )?(?:to your|automatically|shortly)|\bjust a moment|"
        r"please wait",
        r"\bddos protection|protection service|security service to protect|performance (?:and|&) security",
        r"\baccess (?:denied|to this page has been)|\byou have been blocked|pardon our interruption|attention required",
        r"\b(?:kein|ein) (?:roboter|mensch)\b.{0,20}\bsind\b|\bihr(?:en|e)? browser (?:wird )?(?:überprüf|geprüf)|"
        r"sie ein mensch",
        r"\b(?:êtes|n'êtes|n’êtes) (?:bien )?(?:pas )?(?:un )?(?:humain|robot)|"
        r"vérification de (?:votre|la) (?:navigateur|sécurité)",
        r"\bno (?:eres|es|soy) un robot|eres humano|comprobando (?:tu|su) navegador|não (?:é|sou) um robô",
        r"\b(?:ikke|inte) (?:er )?(?:en )?robot|(?:er|är) (?:et menneske|människa)|(?:nettleseren|webbläsaren) din",
        r"\b(?:we|our)\b.{0,40}\bpartners\b.{0,90}\b(?:store|access|process|cookies|data)",
        r"\b(?:accept|reject) (?:all|cookies)|\bmanage (?:your )?(?:choices|preferences|cookies)|we value your privacy",
        r"\b(?:alle akzeptieren|tout accepter|aceptar todo|godta alle|accepteer alle|accetta tutt)",
        r"\b(?:unsere|nos|nuestros|våre) (?:partner|partenaires|socios|partnere)",
        r"\b(?:use|uses|verwenden|nutzen|utilisons|utilizamos|bruker) (?:\w+ )?cookies",
    )
)


def is_wall(text: str) -> bool:
    """Return whether a text is nothing but a check for robots or a request for consent."""
    if len(text) > LONGEST or quotes_somebody(text):
        return False
    return sum(sign.search(text) is not None for sign in _SIGNS) >= FEWEST_SIGNS
