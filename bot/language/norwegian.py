"""The bot's words in Norwegian (bokmål)."""

from typing import Final

from bot.language.phrases import Phrases

NORWEGIAN: Final = Phrases(
    code="nb",
    name="Norsk",
    locale="nb_NO",
    telegram_codes=("nb", "no", "nn"),
    description=(
        "Jeg svarer på spørsmål ut fra en samling artikler. Hvert svar er det nøyaktige avsnittet, ord for ord, med "
        "kilde, dato og lenke til stedet. Står ikke svaret i artiklene, sier jeg det."
    ),
    short_description="Svarer fra en samling artikler: det nøyaktige avsnittet, og hvor det står.",
    greeting=(
        "Jeg svarer på spørsmål ut fra {articles}, alltid med det nøyaktige avsnittet og hvor det står.\n"
        "Skriv et spørsmål, eller prøv et av disse:"
    ),
    greeting_without_index=(
        "Jeg svarer på spørsmål ut fra en samling artikler, med det nøyaktige avsnittet og hvor det står.\n"
        "Artiklene gjøres klare: kom tilbake om en liten stund."
    ),
    ask_what="Hva vil du vite?",
    ask_placeholder="Spørsmålet ditt",
    asked="Spørsmål: {question}",
    understood_as="Forstått som: {question}",
    unanswered="Artiklene ser ikke ut til å ha svaret.",
    unanswered_nearest="Artiklene ser ikke ut til å ha svaret. Disse kommer nærmest:",
    source_unknown="ukjent kilde",
    date_unknown="ukjent dato",
    metadata_found="Funnet i: {places}",
    metadata_names={
        "title": "tittel",
        "author": "forfatter",
        "source": "kilde",
        "published": "dato",
        "url": "adresse",
        "language": "språk",
    },
    found_in={
        "detected": "kjent igjen i teksten",
        "url": "adressen",
        "host of the url": "adressen",
        "byline": "byline",
        "canonical link": "kanonisk lenke",
        "dateline": "datolinje",
        "feed entry": "innslag i strømmen",
        "feed entry, as updated": "innslag i strømmen, som oppdatert",
        "feed title": "strømmens tittel",
        "first line": "første linje",
        "front matter": "hodet i filen",
        "heading line": "overskrift",
        "html lang": "sidens språkmerke",
        "lead sentence": "ingressen",
        "line at the headline": "linje ved overskriften",
        "line at the top": "linje øverst",
        "page heading": "overskrift på siden",
        "page title": "sidens tittel",
        "photo caption": "bildetekst",
        "saved page": "lagret side",
        "time element": "tidsmerke på siden",
    },
    percent="{n} %",
    under_one_percent="under 1 %",
    over_ninety_nine_percent="over 99 %",
    also_in="Også i: {titles}",
    and_more="og {n} til",
    no_title="(uten tittel)",
    not_ready="Artiklene er ikke klare ennå. Spør igjen om noen minutter.",
    no_words="Jeg fant ikke noe ord å lete etter. Skriv hva du vil vite.",
    filter_refused={
        "empty": "Det står ingenting etter {name}: – skriv for eksempel kilde:nrk, etter:2022-01 eller i:valget.",
        "quote": "Anførselstegnet etter {name}: er ikke lukket.",
        "date": "{name}:{value} er ingen dato jeg kan lese. Skriv {name}:2022, {name}:2022-01 eller {name}:2022-01-15.",
        "twice": "{name}: står der to ganger. Behold bare den ene.",
        "alone": "Skriv et spørsmål ved siden av filtrene.",
        "source": "Ingen artikkel har kilden {value}.",
        "day": "Ingen artikkel ble publisert {value}.",
        "title": "Ingen artikkel har alle disse ordene i tittelen: {value}.",
        "together": "Ingen artikkel passer til {value}. Ta bort en av dem.",
    },
    filter_known="Disse finnes: {known}.",
    too_long="Det er {length} tegn, og et spørsmål kan ha {limit}. Spør med færre ord.",
    wait="Det var mange spørsmål på kort tid. Spør igjen om {time}.",
    too_much="Det er mer enn jeg kan ta på én gang: det siste du sendte, har jeg ikke lest. Prøv igjen om et minutt.",
    set_aside="Dette har jeg mislyktes med tre ganger og prøver ikke mer. Skriv det på en annen måte; administratorene "
    "vet om det.",
    second_one="1 sekund",
    second_many="{n} sekunder",
    minute_one="1 minutt",
    minute_many="{n} minutter",
    hour_one="1 time",
    hour_many="{n} timer",
    not_text="Jeg kan bare lese spørsmål som er skrevet. Hva vil du vite?",
    unknown_command="Den kommandoen kjenner jeg ikke: /help viser dem jeg kjenner. Et spørsmål skrives rett ut.",
    incident="Noe gikk galt hos meg, og det er notert som hendelse {number}. Prøv igjen senere.",
    new_conversation="En ny samtale: det neste spørsmålet står for seg selv.",
    nothing_to_forget="Det var ingen samtale å glemme: det neste spørsmålet står for seg selv.",
    more_context="Mer sammenheng",
    less_context="Mindre sammenheng",
    article="Artikkelen",
    copy="Kopier sitatet",
    share="Del",
    ask_again="Spør igjen",
    thanks_up="Takk: det er notert at avsnittet svarer på spørsmålet.",
    thanks_down="Takk: det er notert at avsnittet ikke svarer på spørsmålet.",
    taken_back="Vurderingen din er trukket tilbake.",
    not_yours="Bare den som spurte, kan bruke disse knappene. Spør med /ask for å få dine egne.",
    expired="Denne knappen er utløpt. Du kan stille spørsmålet på nytt.",
    article_changed="Artikkelen er endret siden. Spør igjen for å få avsnittet slik det er nå.",
    article_gone="Den artikkelen er ikke lenger i samlingen.",
    help=(
        "Skriv et spørsmål, så leter jeg etter avsnittet som svarer på det.\n\n"
        "◀ ▶ viser de andre avsnittene, Mer sammenheng det som står omkring, Artikkelen hele teksten derfra. "
        "👍 og 👎 sier om et avsnitt svarer på spørsmålet. Rett et spørsmål ved å redigere det: svaret følger med.\n\n"
        "I en gruppe spør du med /ask, ved å nevne @{bot}, eller ved å svare på en av meldingene mine. I hvilken som "
        "helst samtale kan du skrive @{bot} og et spørsmål for å sitere et avsnitt der.\n\n"
        "Avgrens et spørsmål ved å skrive inn i det: kilde:nrk, etter:2022-01, før:2022-02-15, "
        'i:"ord fra tittelen".\n\n'
        "/ask – still et spørsmål\n/new – begynn en ny samtale\n/sources – artiklene; /sources og noen ord finner noen "
        "av dem\n/article – les en artikkel: /article og ord fra tittelen\n/settings – avsnitt og språk\n"
        "/privacy – hva som er lagret om deg\n/export – få det som er lagret om deg\n/forget – slett det"
    ),
    help_admin=(
        "For administratorer: /stats, /reindex, /ban, /unban, /broadcast. Send en lenke eller en fil for å legge til "
        "en artikkel: en side, en PDF, et Word- eller tekstdokument, en bok, en feed, JSON, en tabell, "
        "eller et arkiv med slike."
    ),
    article_one="1 artikkel",
    article_many="{n} artikler",
    sources="{articles}, nyeste først",
    sources_found="{articles} med «{words}»",
    sources_none="Ingen artikkel har «{words}» i tittel, kilde, forfatter eller fil.",
    sources_search="Søk: /sources og ord fra en tittel eller kilde",
    article_usage="Si hvilken: /article og ord fra tittelen. /sources viser dem.",
    article_none="Ingen artikkel har «{words}» i tittel, kilde, forfatter eller fil. /sources viser dem.",
    page="s. {n}",
    page_of="side {page} av {pages}",
    settings="Innstillingene dine",
    settings_passages="Avsnitt per svar: {n}",
    settings_language="Språk: {language}",
    automatic="som i Telegram",
    privacy=(
        "Dette er lagret om deg: den numeriske Telegram-id-en din, innstillingene dine, spørsmålene dine med "
        "svarene, og 👍 og 👎 fra deg. Spørsmål, svar og vurderinger slettes {days} dager etter spørsmålet, id-en og "
        "innstillingene {days} dager etter at du var her sist. Ingen navn, ingen telefonnumre, ingen meldinger som "
        "ikke er spørsmål til meg.\n\n"
        "Hvorfor: for at oppfølgingsspørsmål skal bli forstått, knapper virke og feil kunne finnes. Tidspunktene for "
        "spørsmålene dine de siste to dagene er også lagret, for grensen på antall spørsmål, og tall per dag som ikke "
        "gjelder noen bestemt.\n\n"
        "Hvem ser det: den som driver denne boten. Telegram selv ser hver melding mellom deg og en bot.\n\n"
        "/export sender deg alt. /forget sletter det med en gang, også der andre har det: vurderingene deres av "
        "svarene dine, det de åpnet med lenkene dine, og det de spurte om med dine ord eller gikk videre fra. To ting "
        "blir stående, uten noen ord: tidspunktene for spørsmålene dine de siste to dagene, og en utestengelse, hvis "
        "det er en. Meldingene i en chat er hos Telegram: slett dem der."
    ),
    export="Alt som er lagret om deg.",
    export_part="Alt som er lagret om deg, del {n}.",
    export_running="Eksporten din er på vei.",
    export_unreachable="Jeg får ikke skrive til deg. Åpne en privat samtale med meg, så kommer eksporten dit.",
    export_open="Få den privat",
    export_of_chats=(
        "Det som er lagret, gis bare ut i en privat samtale, og det har verken en chat eller en anonym administrator. "
        "/forget sletter det som er spurt om under dette navnet."
    ),
    export_failed="Eksporten kunne ikke lages. Prøv igjen senere, eller spør den som driver boten.",
    forgotten=(
        "Slettet: innstillingene dine, meldingene dine med knapper ({answers}), spørsmålene fra samtalene dine "
        "({turns}) og vurderingene dine ({feedback}); også der andre hadde dem. Bare tidspunktene for de siste "
        "spørsmålene er lagret, i to dager, og en utestengelse, hvis det er en: uten noen ord."
    ),
    forgotten_nothing=(
        "Ingenting er lagret om deg, bortsett fra tidspunktene for de siste spørsmålene, i to dager, og en "
        "utestengelse, hvis det er en: uten noen ord."
    ),
    commands={
        "ask": "Still et spørsmål",
        "new": "Begynn en ny samtale",
        "sources": "Artiklene, nyeste først",
        "article": "Les en artikkel",
        "settings": "Avsnitt per svar, språk",
        "help": "Slik spør du",
        "privacy": "Hva som er lagret om deg",
        "export": "Få det som er lagret om deg",
        "forget": "Slett det som er lagret om deg",
    },
    admin_commands={
        "stats": "De siste 30 dagene",
        "reindex": "Oppdater indeksen",
        "ban": "Steng noen ute",
        "unban": "Slipp noen inn igjen",
        "broadcast": "Skriv til alle",
    },
    private_bot="Denne boten svarer bare inviterte. For å bli invitert, gi den som driver den id-en din: {id}",
    group_refused="Denne boten virker bare i bestemte grupper, og dette er ikke en av dem.",
    group_hello=(
        "Hei! Spør meg med /ask, ved å nevne @{bot}, eller ved å svare på en av meldingene mine. Mer med /help."
    ),
    admins_only="Den kommandoen er for administratorene av denne boten.",
    inline_not_ready="Artiklene er ikke klare ennå",
    inline_related="Beslektet avsnitt, kanskje ikke et svar",
    stats="De siste 30 dagene",
    stats_totals=(
        "{questions} spørsmål, {answered} av dem besvart ({share}); 👍 {up}, 👎 {down}; mediantid til svar {p50}"
    ),
    stats_now=(
        "Nå: {articles}, {passages} avsnitt, indeks {generation}; {people} personer, {groups} grupper; "
        "tilstand {state} MB; {pending} venter"
    ),
    stats_without_picture="Bildet trenger pakker som ikke er installert: {command}",
    chart={
        "title": "Spørsmål per dag, siste 30 dager",
        "answered": "besvart",
        "unanswered": "ikke i artiklene",
        "people": "personer",
        "up": "godkjent",
        "down": "ikke godkjent",
        "latency": "mediantid til svar, ms",
    },
    reindex_started="Oppdaterer indeksen …",
    reindex_running="Indeksen oppdateres allerede.",
    reindex_step="Oppdaterer indeksen …\n{step}: {done}",
    reindex_steps={
        "looking at the seeds": "ser på filene",
        "converting the model (once)": "gjør modellen klar (én gang)",
        "reading and encoding": "leser og koder",
        "writing the index": "skriver indeksen",
    },
    reindex_done=(
        "Indeksen er oppdatert: {articles}, {passages} avsnitt.\n"
        "Filer: {added} lagt til, {changed} endret, {removed} fjernet, {skipped} hoppet over; {seconds} s."
    ),
    reindex_unchanged="Ingenting er endret: {articles}, {passages} avsnitt; {skipped} filer hoppet over.",
    reindex_skipped="Hoppet over eller uleselig:",
    reindex_kept="{n} filer kan ikke leses; det indeksen har av dem, brukes videre.",
    reindex_failed="Indeksen kunne ikke oppdateres; den gamle brukes videre.\n{reason}",
    reindex_removals=(
        "Ingenting er endret: {gone} av {articles} artikler ville forsvinne fra indeksen, blant dem {examples}. "
        "Kanskje en mappe ikke er montert eller er flyttet. Skaff filene tilbake og send /reindex, eller fjern dem."
    ),
    reindex_anyway="Fjern {gone}, oppdater likevel",
    reindex_left="Avbrutt: den gamle indeksen brukes videre.",
    reindex_interrupted="Oppdateringen av indeksen ble avbrutt av en omstart. Start den igjen med /reindex.",
    ban_usage="Si hvem: {command} og en numerisk id, eller send {command} som svar på en melding fra dem.",
    banned="{id} er utestengt: ingenting de skriver, blir besvart.",
    banned_already="{id} var utestengt fra før.",
    unbanned="{id} kan spørre igjen.",
    unbanned_already="{id} var ikke utestengt.",
    no_ban_of_admins="{id} er administrator av denne boten og kan ikke stenges ute.",
    broadcast_usage="Si hva som skal skrives: /broadcast og teksten, eller send /broadcast som svar på en melding.",
    broadcast_preview="Dette får {n} personer. Skal det sendes?",
    broadcast_send="Send til {n}",
    broadcast_cancel="Avbryt",
    broadcast_cancelled="Avbrutt: ingen fikk det.",
    broadcast_progress="Sender: {done} av {total}",
    broadcast_done="Sendt til {sent} av {total}; {blocked} har blokkert boten, {failed} mislyktes.",
    adding="Ser på {name} …",
    added="Lagt til: {name}",
    added_titles="Artikler i den: {titles}",
    already_added="Den var lagt til fra før: {name}",
    not_added="Ikke lagt til: {name}: {reason}",
    not_downloaded="Telegram leverte ikke filen; send den på nytt om en stund",
    reindex_now="Oppdater indeksen",
    admin_index_missing="Det finnes ingen indeks å svare fra: {reason}",
    admin_index_there="Indeksen er på plass: {articles}, {passages} avsnitt. Spørsmål blir besvart.",
    admin_index_refused="En ny indeks er dårlig og brukes ikke; den gamle brukes videre.\n{reason}",
    admin_conflict="En annen prosess henter meldingene til denne boten med samme token. Stopp en av dem.",
    admin_disk="Boten venter, siden den ikke får lagret tilstanden sin; ingenting går tapt imens.\n{reason}",
    admin_set_aside=(
        "Boten stanset tre ganger mens den behandlet en oppdatering ({kind}, fra {person}). Den er lagt til side; "
        "loggen forteller når boten stanset."
    ),
    admin_damaged="Boten har stoppet: tilstanden er skadet. Meldinger venter hos Telegram i 24 timer.\n{reason}",
)
