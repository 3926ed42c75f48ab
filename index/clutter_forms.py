"""What the form of one line of a scraped page says about it, whatever stands around it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from index import clutter_words as words

# No rule is meant for anything longer, and none is tried on it: this bounds the time for hostile input.
LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph as the rules see it.

    Attributes:
        words: with single spaces and straight apostrophes, without bullets and arrows in front.
        plain: the same in lower case, without punctuation at the end.
        ends: whether it ends as a sentence does.
        speech: whether it quotes or cites anybody.
    """

    words: str
    plain: str
    ends: bool
    speech: bool

    @property
    def count(self) -> int:
        """How many words it has."""
        return self.words.count(" ") + 1

    @property
    def sentence(self) -> bool:
        """Whether it reads as a sentence."""
        return self.ends and (self.count >= 4 or (len(self.words) >= 12 and not self.words.isascii()))


UNTRIED: Final = Line("", "", ends=True, speech=True)


def line(paragraph: str) -> Line:
    """How the rules see `paragraph`; one that is too long for any of them is `UNTRIED`."""
    if len(paragraph) > LONGEST:
        return UNTRIED
    collapsed = " ".join(paragraph.replace("’", "'").split())
    bare = _BULLET.sub("", collapsed)
    plain = _TAIL.sub("", bare).casefold()
    speech = _QUOTED.search(bare) is not None or _SAYING.search(bare) is not None
    return Line(bare or collapsed, plain, _END.search(collapsed) is not None, speech)


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


def _any(alternatives: str) -> str:
    return "(?:" + "|".join(one.strip() for one in alternatives.strip().splitlines()) + ")"


def _pattern(alternatives: str) -> re.Pattern[str]:
    return re.compile(_any(alternatives), re.IGNORECASE)


_RULED = re.compile(r"(?:[*_=~#•·–—-] ?){3,}")
_BULLET = re.compile(r"\A[^\w©@#(\[“\"„«'‘*_=~–—-]+|\A[*•–—-] +(?=\w)")
_TAIL = re.compile(r"[\s:.!…»›>→▸▼*|-]+\Z")
_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*\Z")
_INNER_END = re.compile(r"[a-z\d%)”\"][.!?][”\"')]? +[“\"A-ZÀ-Þ]")
_QUOTED = re.compile(r"[“”„\"]|«.*»|(?:\A|\s)['‘]\w")
_SAYING = _pattern(
    r"""
    \b(?:sa(?:id|ys|ying)|told|tells|ask(?:ed|s)|added|adds|announced|warned|report(?:ed|s)|stated|wrote|writes)\b
    \b(?:according to|explained|argued|claimed|insisted|sagte|sagt|erklärte|teilte|a déclaré|a dit|selon|dijo)\b
    \b(?:según|disse|segundo|ha detto|secondo|zei|zegt|volgens|sa|sier|ifølge)\b
    """
)

_AGENCIES = rf"(?:{words.AGENCIES})"
_NAME = r"[A-ZÀ-Þ][\w.'-]*(?: (?:(?:de|von|van|der|den|al|el|bin|di|da|la) ){0,2}[A-ZÀ-Þ][\w.'-]*){0,4}"
_AGENCY = re.compile(
    rf"(?:©|via |for |/ ?)? ?{_AGENCIES}(?: ?(?:via|/|,|-) ?{_AGENCIES})*(?:,? (?:19|20)\d\d)?", re.IGNORECASE
)
_SLASHED = re.compile(
    rf"(?:(?i:photo(?:graph)? ?(?:by|:) ?))?{_NAME} ?/ ?(?:{_NAME} ?/ ?)?(?i:{_AGENCIES})(?: (?:via|for) {_NAME})?(?: ?/ ?{_NAME})?"
    rf"|(?i:{_AGENCIES})(?i: photo)? ?/ ?{_NAME}|(?i:{_AGENCIES}) (?:via|for) {_NAME}|{_NAME} (?:via|for) (?i:{_AGENCIES})"
)
_PICTURE_DESK = re.compile(
    r"\b(?:images|photos?|photography|pictures|picture library|via \w+|agency|file)\Z", re.IGNORECASE
)
_BARS = re.compile(r" ?[|•·] ?| [/–—] ")
_CREDIT_LABEL = _pattern(
    r"""
    (?:photo|image|picture|pic|video|illustration|graphic|foto|bild|imagen|imagem|beeld|immagine)s? ?[:|©]
    (?:photo|image|picture|photograph)s? ?(?:credits?|sources?|courtesy)(?: of| by)? ?:?\s
    (?:photo|image|picture|photograph|illustration)s? (?:by|courtesy of|via)\s
    (?:photo|foto) ?-\s
    ap photo\b
    photograph ?:
    credits? ?:
    (?:source|quelle|fuente|fonte|bron|kilde) ?: ?(?=.*(?:getty|afp|reuters|images|shutterstock|\bap\b|dpa\b))
    courtesy (?:of|photo)\s
    crédits? ?(?:(?:photo|image)s? ?)?:
    (?:file|handout|stock) (?:photo|image|picture)\b
    (?:bildquelle|fotocredit|bildnachweis|fotograf|fotógrafo|photographe) ?:
    (?:archiv|symbol)(?:bild|foto)
    foto (?:di|de|von|av) [A-Z]
    """
)
_CREDIT_TAIL = re.compile(
    rf"""[(\[]\ ?(?:
        (?i:(?:ap|file|handout|pool|courtesy|staff)\ )?(?i:photo|image|picture|foto|file|credit)s?\b[^()\[\]]{{0,90}}
        |[A-ZÀ-Þ][\w.'-]*\ [A-ZÀ-Þ][\w.' -]{{1,40}}/\ ?[A-Z][^()\[\]]{{2,60}}
    )[)\]]\Z
    |\b(?:REUTERS|AP|AFP|EPA|Getty\ Images)(?:\ Photo)?\ ?/\ ?[A-ZÀ-Þ][\w.'-]*(?:\ [A-ZÀ-Þ][\w.'-]*){{0,4}}\.?\Z
    |\b[A-ZÀ-Þ][\w'-]*\ ?/\ ?(?:AP|AFP|EPA|Reuters|REUTERS|Getty\ Images|GETTY\ IMAGES)(?:\ via\ [A-Z]\w+(?:\ [A-Z]\w+)?)?\.?\Z
    |\b(?:[Pp]hoto|[Ii]mage|[Pp]icture|[Pp]hotograph|[Ff]oto|PHOTO|IMAGE)(?:\ (?:credit|by|CREDIT|BY))?:\ ?[A-ZÀ-Þ][^.!?]{{1,60}}\Z
    """,
    re.VERBOSE,
)
_COPYRIGHT = _pattern(
    r"""
    ©
    \(c\) ?(?:19|20)\d\d
    copyright (?:©|\(c\)|(?:19|20)\d\d|notice)
    all rights reserved
    """
)
_RIGHTS = re.compile(
    r"(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|"
    r"todos os direitos reservados|tutti i diritti riservati|alle rechten voorbehouden)\.?\Z",
    re.IGNORECASE,
)

_PROMO_LABEL = re.compile(
    _any(
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
    _any(
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
    r"(?:READ MORE|READ ALSO|ALSO READ|READ NEXT|SEE ALSO|RELATED|WATCH|MUST READ|LIRE AUSSI|LEES OOK|LES OGSÅ) (?=.*[a-z])"
)
_MORE_OF = _pattern(
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
_INVITES = _pattern(
    r"""
    (?:please )?(?:sign up|signup|subscribe|follow|listen|download|join|get|stay|don't miss|watch|like us|become)\b
    (?:please )?(?:check out|receive|want (?:more|to)|(?:do you )?have a (?:tip|story)|(?:find out|learn|discover) more)\b
    (?:tune in|catch up|keep up|start your|enter your|never miss|connect with us)\b
    (?:melden sie|abonnieren|folgen sie|jetzt|abonnez-vous|inscrivez-vous|suivez|recevez|téléchargez)\b
    (?:suscríbete|suscríbase|síguenos|recibe|descarga|inscreva-se|siga|receba|assine|baixe)\b
    (?:iscriviti|seguici|ricevi|scarica|abonneer|schrijf je in|volg|ontvang|meld deg|følg|last ned|abonner)\b
    """
)
_MEDIUM = _pattern(
    r"""
    \b(?:newsletters?|inbox|mailing list|push notifications|(?:breaking )?news alerts?|boletín|infolettre|nyhetsbrev)\b
    \b(?:whatsapp|telegram|youtube) channel\b
    \b(?:our|the|this) (?:free )?(?:app|podcast|channel|page|website|coverage|live ?blog|community)\b
    \bus (?:on|at)\b
    \b(?:google news|apple news|apple podcasts|spotify|app store|google play|nieuwsbrief|lettre d'information)\b
    (?<!\w)[@#]\w
    \b(?:on|auf|sur|en|no|su|op|på) (?:facebook|twitter|x|instagram|youtube|tiktok|linkedin|threads|bluesky|whatsapp|telegram)\b
    """
)
_WEAK_MEDIUM = _pattern(
    r"\b(?:here|e-?mails?|alerts?|updates|free|daily|weekly|stories|headlines|apps?|podcasts?|subscriptions?)\b"
)
_HERE = re.compile(r"\bhere[.!]?\Z", re.IGNORECASE)

_FORM = _pattern(
    r"""
    your email address will not be published
    required fields are marked
    save my name, email
    you must be (?:logged|signed) in to
    please (?:log|sign) in to (?:comment|leave|post|reply)
    notify me of (?:new|follow-?up)
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
_CONSENT = _pattern(
    r"""
    (?:we|we and our partners|our partners) (?:use|store|and)\b.{0,60}\bcookies
    this (?:web)?site (?:uses|stores)|our (?:web)?site uses
    by (?:continuing|using|browsing|clicking|visiting|closing|accepting|signing up|subscribing|registering|submitting)\b(?=.*\b(?:agree|accept|consent|acknowledg)\w*)
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
_CONSENT_ASKED = _pattern(
    r"cookie|privacy|\bterms\b|datenschutz|confidentialité|privacidad|unsubscribe|recaptcha|policy|informasjonskapsler"
)
_CONSENT_PLACE = _pattern(
    r"""
    \b(?:web)?site|\bpages?\b|browse|browsing|experience|consent|policy|analyti[ck]s|\btraffic\b|personali[sz]e|\bads\b
    technologies|unsubscribe|preferences|expérience|experiencia|experiência|esperienza|ervaring|opplevelse|erlebnis
    nettsted|webseite|\binhalte\b|trafikk|\bsitio\b|\bsito\b|política|datenschutz|confidentialité|sign(?:ing)? up
    """
)
_TAGS = re.compile(
    _any(
        r"""
        tags?|tagged(?: (?:in|with|as))?|filed under|topics?|related topics|posted (?:in|under)|categor(?:y|ies)|keywords
        schlagw[oö]rter|schlagworte|themen|stichworte|mots[- ]clés|étiquettes|thèmes|etiquetas|temas|categorías?|categorias?
        parole chiave|argomenti|trefwoorden|onderwerpen|emner|stikkord|nøkkelord|ämnen|etiketter
        """
    )
    + " ?:",
    re.IGNORECASE,
)
_COUNTER = _pattern(
    r"""
    \d[\d.,]*[km]? (?:shares?|views?|likes?|reads|retweets)
    \d{1,3} ?-?min(?:ute)?s? read
    (?:reading time|lesezeit|temps de lecture|tiempo de lectura|leestijd) ?:? \d.{0,20}
    """
)
_WIRE = _pattern(
    r"""
    \(?(?:additional )?reporting by [^.]{3,250}(?:editing|writing|compiled|additional reporting) by
    \((?:additional )?reporting by [^.]{3,250}\.?\)\Z
    our standards: the thomson reuters
    """
)
_HOME = re.compile(
    r"(?:home|homepage|startseite|accueil|inicio|início|hjem|forsiden?|hem|start|you are here) ?[:>»›/|→]",
    re.IGNORECASE,
)
_STEPS = re.compile(r" ?[>»›→] ?| [/|] ")
_SHARING = frozenset("share tweet print teilen partager compartir compartilhar condividi delen copy".split())


def _is_form(line: Line) -> bool:
    return _FORM.match(line.words) is not None


def _is_consent(line: Line) -> bool:
    if not _CONSENT.match(line.words) or _SAYING.search(line.words):
        return False
    return _CONSENT_ASKED.search(line.words) is not None and _CONSENT_PLACE.search(line.words) is not None


def _is_copyright(line: Line) -> bool:
    if line.speech or line.count > 60:
        return False
    return _COPYRIGHT.match(line.words) is not None or _RIGHTS.search(line.words) is not None


def _is_credit(line: Line) -> bool:
    if len(line.words) > 160 or line.count > 18 or _QUOTED.search(line.words):
        return False
    bare = line.words.strip("()[] ")
    enclosed = line.words[:1] in "([" and line.words[-1:] in ")]"
    if _AGENCY.fullmatch(bare) or _SLASHED.fullmatch(bare) or (enclosed and _CREDIT_LABEL.match(bare)):
        return True
    if line.ends and not enclosed:
        return False
    parts = _BARS.split(bare)
    if len(parts) > 1 and any(_AGENCY.fullmatch(part) or _PICTURE_DESK.search(part) for part in parts[1:]):
        return all(part.count(" ") < 7 for part in parts)
    labelled = _CREDIT_LABEL.match(bare)
    return labelled is not None and not _SAYING.search(bare)


def _is_wire_credit(line: Line) -> bool:
    return _WIRE.match(line.words) is not None


def _is_captioned(line: Line) -> bool:
    """A caption and its credit in one paragraph."""
    if line.speech or len(line.words) > 450 or len(_INNER_END.findall(line.words)) > 2:
        return False
    return _CREDIT_TAIL.search(line.words, max(0, len(line.words) - 120)) is not None


def _is_promo(line: Line) -> bool:
    if len(line.words) > 250 or _INNER_END.search(line.words):
        return False
    stopped = line.words.endswith(".")
    if _PROMO_LABEL.match(line.words):
        return not stopped or _LINK_LABEL.match(line.words) is not None
    if line.speech or line.count > 30:
        return False
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
    tokens = re.findall(r"[\w-]+", line.plain)
    if not 2 <= len(tokens) <= 25 or line.words[-1:] in ".,;?":
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
    return _HOME.match(line.words) is not None or sum(step in words.SECTIONS for step in steps) >= max(
        2, len(steps) / 2
    )


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
    ("credit", _is_credit),
    ("credit", _is_wire_credit),
    ("caption", _is_captioned),
    ("share", _is_share_bar),
    ("navigation", _is_navigation),
    ("navigation", _is_tags),
    ("promo", _is_promo),
)
