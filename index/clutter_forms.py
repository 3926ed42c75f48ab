"""What the form of one line of a scraped page says about it, whatever stands around it."""

import re
from collections.abc import Callable
from typing import Final

from index import clutter_words as words
from index.clutter_credits import is_captioned, is_credit, is_wire_credit
from index.clutter_line import SAYING, UNTRIED, Line, either, pattern


def kind(line: Line) -> str | None:
    """What `line` is if it is clutter by its own form, one of the kinds of `Clutter`; else None."""
    if line is UNTRIED:
        return None
    if _RULED.fullmatch(line.words):
        return "separator"
    return _PHRASES.get(line.plain) or next((name for name, rule in _RULES if rule(line)), None)


def heads_links(line: Line) -> bool:
    """Whether a promo line stands above a list of links."""
    if line.plain in words.LIST_HEAD:
        return True
    return line.words.endswith(":") and (_MORE_OF.match(line.words) or _PROMO_LABEL.match(line.words)) is not None


_RULED = re.compile(r"(?:[*_=~#•·–—-] ?){3,}")
_STATED = re.compile(r"[a-z\d%)”\"][.!] +[“\"A-ZÀ-Þ]")
_COPYRIGHT = pattern(
    r"""
    ©
    \(c\) ?(?:19|20)\d\d
    copyright (?:©|\(c\)|(?:19|20)\d\d|notice)
    all rights reserved
    (?:ansvarlig|ansvarshavende) redaktør ?:|ansvarlig utgiver ?:|ansvarig utgivare ?:
    """
)
_LONGEST_RIGHTS: Final = 60
_RIGHTS = re.compile(
    r"(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|"
    r"todos os direitos reservados|tutti i diritti riservati|alle rechten voorbehouden)\.?\Z",
    re.IGNORECASE,
)

_PROMO_LABEL = re.compile(
    either(
        r"""
        read (?:more|also|next|this(?: next)?)
        (?:also|must) read
        see also
        related(?: (?:story|stories|articles?|coverage|news|links?|video))?
        more on this(?: story)?
        don't miss|in case you missed it|icymi|recommended|trending
        mehr zum thema|lesen sie (?:auch|mehr)|(?:à )?lire (?:aussi|également|plus)
        l[ae]a también|lee también|leer más|te puede interesar
        leia (?:também|mais)|veja também|saiba mais|leggi anche|per approfondire
        lees (?:ook|meer)|les (?:også|mer)|läs (?:också|även|mer)|læs også
        """
    )
    + r" ?(?:[:|–—»>]|-(?= ))",
    re.IGNORECASE,
)
_LINK_LABEL = re.compile(r"(?:read (?:more|also|next)|also read|see also) ?[:|]", re.IGNORECASE)
_MEDIA_LABEL = re.compile(
    either(
        r"""
        watch|listen|video|audio|podcast|gallery|in pictures|in photos|photos|read|live|explainer|explained|opinion
        interactive|download|subscribe|newsletter|follow(?: us)?|from the archives?
        voir aussi|vidéo|vídeo|bekijk ook|se også
        """
    )
    + r" ?[:|»>] ?(?=\S)",
    re.IGNORECASE,
)
_SHOUTED = re.compile(
    r"(?:READ (?:MORE|ALSO|NEXT)|ALSO READ|SEE ALSO|RELATED|WATCH|MUST READ|LIRE AUSSI|LEES OOK|LES OGSÅ) (?=.*[a-z])"
)
_MORE_OF = pattern(
    r"""
    read more (?:of|about|on|from|at|in|stories|news|here)\b
    (?:see|find|get|view) more (?:of|from|stories|news)\b
    more (?:from|stories|news|coverage)\b
    for more (?:on this story|from|stories|news|coverage)\b
    (?:click|tap) (?:here|on)\b
    to read more\b
    read (?:the )?full (?:story|article|report)\b
    read (?:it|the rest) (?:here|at|on)\b
    (?:mehr|weitere) (?:nachrichten|artikel|themen)\b
    """
)
_INVITES = pattern(
    r"""
    (?:please )?(?:sign up|signup|subscribe|follow|listen|download|join|get|stay|don't miss|watch|like us|become)\b
    (?:please )?(?:check out|receive|want (?:more|to)|(?:do you )?have a (?:tip|story))\b
    (?:find out|learn|discover) more\b
    (?:tune in|catch up|keep up|start your|enter your|never miss|connect with us)\b
    (?:melden sie|abonnieren|folgen sie|jetzt|abonnez-vous|inscrivez-vous|suivez|recevez|téléchargez)\b
    (?:suscríbete|suscríbase|síguenos|recibe|descarga|inscreva-se|siga|receba|assine|baixe)\b
    (?:iscriviti|seguici|ricevi|scarica|abonneer|schrijf je in|volg|ontvang|meld deg|følg|last ned|abonn[eé]r)\b
    få (?:nyhetene|nyhetsbrevet|vårt|våre|dagens|ukens|de (?:siste|viktigste)|nyheter (?:rett|direkte|hver|på|fra))\b
    (?:motta (?:nyhet|vårt|våre)|hold deg oppdatert|anmäl dig|prenumerera|tilmeld dig)
    """
)
_MEDIUM = pattern(
    r"""
    \b(?:newsletters?|inbox|mailing list|push notifications|(?:breaking )?news alerts?|boletín|infolettre)\b
    \bny(?:hets|heds)brev(?:et)?\b
    \b(?:innboks(?:en)?|inkorg(?:en)?|indbakken|pushvarsl(?:er|ene))\b
    \b(?:whatsapp|telegram|youtube) channel\b
    \b(?:our|the|this) (?:free )?(?:app|podcast|channel|page|website|coverage|live ?blog|community)\b
    \bus (?:on|at)\b
    \b(?:google news|apple news|apple podcasts|spotify|app store|google play|nieuwsbrief|lettre d'information)\b
    (?<!\w)[@#]\w
    \b(?:on|auf|sur|en|no|su|op|på) (?:facebook|twitter|x|instagram|youtube|tiktok|linkedin|threads|whatsapp|telegram)\b
    """
)
_WEAK_MEDIUM = pattern(
    r"\b(?:here|e-?mails?|alerts?|updates|free|daily|weekly|stories|headlines|apps?|podcasts?|subscriptions?)\b"
)
_HERE = re.compile(r"\bhere[.!]?\Z", re.IGNORECASE)

_FORM = pattern(
    r"""
    your email address will not be published
    required fields are marked
    save my name, email
    you must be (?:logged|signed) in to
    please (?:log|sign) in to (?:comment|leave|post|reply)
    notify me of (?:new|follow-?up)
    comments (?:have to|must|should) be \w+
    .{0,120}\b(?:enable|turn on|activate) javascript\b
    the post .{3,200} (?:first appeared|appeared first) on .{2,60}\Z
    this site uses akismet|learn how your comment data
    this site is protected by (?:recaptcha|hcaptcha)
    you have entered an incorrect email
    \d+ (?:comments?|replies|responses)\Z
    (?:deine|ihre) e-mail-adresse wird nicht|meinen namen, meine e-mail
    votre adresse e-?mail ne sera pas|enregistrer mon nom
    tu dirección de correo electrónico no será|guarda mi nombre
    o seu endereço de e-?mail não será|salvar meus dados
    il tuo indirizzo email non sarà|salva il mio nome
    (?:je|het) e-?mailadres (?:wordt|zal) niet|mijn naam, e-mail
    din e-postadresse vil ikke|lagre mitt navn|din e-postadress kommer inte
    """
)
_CONSENT = pattern(
    r"""
    (?:we|we and our partners|our partners) (?:use|store|and)\b.{0,60}\bcookies
    this (?:web)?site (?:uses|stores)|our (?:web)?site uses
    by (?:continuing|using|browsing|clicking|visiting|closing|accepting)\b(?=.*(?:agree|accept|consent|acknowledg))
    by (?:signing up|subscribing|registering|submitting)\b(?=.*(?:agree|accept|consent|acknowledg))
    cookies (?:help us|are (?:small|used) )
    you can (?:change|manage|withdraw|unsubscribe)
    wir (?:verwenden|nutzen|setzen)\b.{0,60}cookies|diese (?:web)?s(?:ei|i)te (?:verwendet|nutzt|benutzt)
    nous utilisons des cookies|ce site utilise|en (?:poursuivant|continuant)
    utilizamos (?:cookies|galletas)|usamos cookies|este s[ií]ti?[oe] (?:web )?(?:usa|utiliza)|al continuar|ao continuar
    (?:questo|il) sito (?:web )?(?:usa|utilizza)|utilizziamo (?:i )?cookie
    (?:wij|we) gebruiken cookies|deze (?:web)?site (?:gebruikt|maakt)
    vi bruker (?:cookies|informasjonskapsler)|vi använder cookies|vi bruger cookies
    """
)
_CONSENT_ASKED = pattern(
    r"cookie|privacy|\bterms\b|datenschutz|confidentialité|privacidad|unsubscribe|recaptcha|policy|informasjonskapsler"
)
_CONSENT_PLACE = pattern(
    r"""
    \b(?:web)?site|\bpages?\b|browse|browsing|experience|consent|policy|analyti[ck]s|\btraffic\b|personali[sz]e|\bads\b
    technologies|unsubscribe|preferences|expérience|experiencia|experiência|esperienza|ervaring|opplevelse|erlebnis
    nettsted|webseite|\binhalte\b|trafikk|\bsitio\b|\bsito\b|política|datenschutz|confidentialité|sign(?:ing)? up
    """
)
_TAGS = re.compile(
    either(
        r"""
        tags?|tagged(?: (?:in|with|as))?|filed under|topics?|related topics|posted (?:in|under)|categor(?:y|ies)
        keywords
        schlagw[oö]rter|schlagworte|themen|stichworte|mots[- ]clés|étiquettes|thèmes
        etiquetas|temas|categorías?|categorias?
        parole chiave|argomenti|trefwoorden|onderwerpen|emner|stikkord|nøkkelord|ämnen|etiketter
        """
    )
    + " ?:",
    re.IGNORECASE,
)
_COUNTER = pattern(
    r"""
    \d[\d.,]*[km]? (?:shares?|views?|likes?|reads|retweets)
    \d{1,3} ?-?min(?:ute)?s? read
    (?:reading time|lesezeit|temps de lecture|tiempo de lectura|leestijd) ?:? \d.{0,20}
    """
)
_HOME = re.compile(
    r"(?:home|homepage|startseite|accueil|inicio|início|hjem|forsiden?|hem|start|you are here) ?[:>»›/|→]",
    re.IGNORECASE,
)
_STEPS = re.compile(r" ?[>»›→] ?| [/|] ")
_SHARING = frozenset(
    ("share", "tweet", "print", "copy", "teilen", "partager", "compartir", "compartilhar", "condividi", "delen")
)


def _is_form(line: Line) -> bool:
    return _FORM.match(line.words) is not None


def _is_consent(line: Line) -> bool:
    if not _CONSENT.match(line.words) or SAYING.search(line.words):
        return False
    return _CONSENT_ASKED.search(line.words) is not None and _CONSENT_PLACE.search(line.words) is not None


def _is_copyright(line: Line) -> bool:
    if line.count > 60:
        return False
    tail = max(0, len(line.words) - _LONGEST_RIGHTS)
    return (_COPYRIGHT.match(line.words) or _RIGHTS.search(line.words, tail)) is not None and not line.speech


def _is_promo(line: Line) -> bool:
    if len(line.words) > 250 or _STATED.search(line.words):
        return False
    stopped = line.words.endswith(".")
    if _PROMO_LABEL.match(line.words):
        return not stopped or _LINK_LABEL.match(line.words) is not None
    if line.count > 30:
        return False
    return _bids(line, stopped=stopped) and not line.speech


def _bids(line: Line, *, stopped: bool) -> bool:
    """Whether a line bids the reader to turn elsewhere; `stopped`: whether it ends in a full stop."""
    if stopped:
        return _invites(line, vaguely=_HERE.search(line.words) is not None)
    if _SHOUTED.match(line.words) or _MEDIA_LABEL.match(line.words):
        return True
    return (_MORE_OF.match(line.words) is not None and line.count <= 15) or _invites(line, vaguely=True)


def _invites(line: Line, *, vaguely: bool) -> bool:
    """Whether it bids the reader to turn to a medium; `vaguely`: whether a word that may mean one will do."""
    if not (_INVITES.match(line.words) or _MORE_OF.match(line.words)):
        return False
    return _MEDIUM.search(line.words) is not None or (vaguely and _WEAK_MEDIUM.search(line.words) is not None)


def _is_share_bar(line: Line) -> bool:
    if line.words[-1:] in ".,;?":
        return False
    tokens = re.findall(r"[\w-]+", line.plain)
    if not 2 <= len(tokens) <= 25:
        return False
    known = all(token in words.SHARE_WORDS or token in words.NETWORKS for token in tokens)
    return known and any(token in words.NETWORKS or token in _SHARING for token in tokens)


def _is_navigation(line: Line) -> bool:
    if line.ends or len(line.words) > 200:
        return False
    if _COUNTER.fullmatch(line.words):
        return True
    steps = [step.strip().casefold() for step in _STEPS.split(line.words)]
    if len(steps) < 2 or any(step.count(" ") > 11 for step in steps):
        return False
    named = sum(step in words.SECTIONS for step in steps)
    return _HOME.match(line.words) is not None or named >= max(2, len(steps) / 2)


def _is_tags(line: Line) -> bool:
    """A list of tags has few words between its commas."""
    if not _TAGS.match(line.words) or line.ends or line.speech:
        return False
    return line.count <= 8 + 6 * line.words.count(",")


_PHRASES: Final = {
    phrase: name
    for name, phrases in (
        ("share", words.SHARE),
        ("promo", words.PROMO),
        ("navigation", words.NAVIGATION),
        ("consent", words.CONSENT),
        ("advertisement", words.ADVERTISEMENT),
        ("source", words.SOURCE),
        ("form", words.FORM),
    )
    for phrase in phrases
}
_RULES: Final[tuple[tuple[str, Callable[[Line], bool]], ...]] = (
    ("form", _is_form),
    ("consent", _is_consent),
    ("copyright", _is_copyright),
    ("credit", is_credit),
    ("credit", is_wire_credit),
    ("caption", is_captioned),
    ("share", _is_share_bar),
    ("navigation", _is_navigation),
    ("navigation", _is_tags),
    ("promo", _is_promo),
)
