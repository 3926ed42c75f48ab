"""What is left out of a scraped page, and above all what never is.

In the pages below a line that begins with '- ' is clutter and one that begins with '+ ' is the article; an empty line
stays empty.
"""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.clutter.marking import parts_of
from index.sentences import paragraphs

PAGE = Path(__file__).resolve().parents[2].parent / "shared" / "seeds" / "000_4f5f432347904d94.txt"

PAGES = {
    "wire story with pictures": """
- Firefighters are seen outside the burnt mill in Ostrava, left, on Monday.

- Petra Novak | AFP | Getty Images

+ OSTRAVA – A fire destroyed a paper mill on Monday, the city's fire service said.

+ Nobody was hurt. The cause is not known.

- Related: Mill owners ask for aid

+ The mill had stood empty since 2019.

- (Reporting by Petra Novak; Editing by John Lee)
""",
    "blog on WordPress": """
- Home » News » Gardens

+ The old orchard is open again

- Share on Facebook
- Tweet
- Pin It

+ After four years of work, the orchard behind the abbey opened its gates on Saturday.

+ Volunteers planted 120 apple trees.

- Filed Under: Gardens, Volunteers, Apples

- Tagged With: orchard, abbey

- Leave a Reply Cancel reply

- Your email address will not be published. Required fields are marked *

- Comment *
- Name *
- Email *
- Website

- Save my name, email, and website in this browser for the next time I comment.

- This site uses Akismet to reduce spam. Learn how your comment data is processed.
""",
    "local paper": """
- News
- Sport
- Business
- Opinion
- Weather

+ Bus fares to rise in March

- Advertisement

+ Bus fares in Harwick will rise by 4 per cent in March, the council decided on Tuesday.

- Story continues below advertisement

+ Councillor Ann Webb called the rise modest.

- SUBSCRIBE to our newsletter for the latest from Harwick

- © 2023 Harwick Courier. All rights reserved.
""",
    "consent banner first": """
- We use cookies to improve your experience on our site and to show you relevant ads.

- Accept all

- Manage preferences

+ Rain fell for nine days in a row.

+ Rivers in the north rose by half a metre.

- By continuing to use this site, you agree to our privacy policy.
""",
    "feed entry with a script notice": """
- [Photo] The new lock gates seen from the towpath.

+ The canal opened again on Monday after a winter of repairs.

- This content cannot be played. To play this video you need to enable JavaScript in your browser.

+ Boats waited from dawn. The first through was a coal barge.

- The lock at dusk, Harwick, May 4, 2021. HARBOUR WIRE/Jane Doe

- Our Standards: The Harbour Wire Principles.

- The post Canal opens after a winter of repairs appeared first on Harwick Courier.
""",
    "comment form without blank lines": """
+ The bridge was closed on Friday.
+ Engineers found a crack in its second pier.
- Source link
- Please enter your comment!
- Please enter your name here
- You have entered an incorrect email address!
""",
    "AMP page": """
- Skip to main content

+ A ferry ran aground near Brodick on Sunday evening.

- ADVERTISEMENT

+ All 61 passengers were taken off by lifeboat.

- READ MORE: Ferry company fined over late boats

+ The ferry was refloated at high tide.

- 3 min read

- Back to top
""",
    "share bar in one line": """
- Facebook Twitter WhatsApp Email

+ The museum lent two paintings to Lisbon.

- Share this article

- Copy link

+ They return in May.

- Share via Email
""",
    "credits of many shapes": """
- (AP Photo/Maria Gomez)

+ The strike began at dawn.

- Photo: Maria Gomez

+ Trains stood still in four cities.

- Image credit: Maria Gomez / The Ledger

+ Airports were not affected.

- Maria Gomez/Reuters

+ Buses ran as usual.

- MARIA GOMEZ/AFP via Getty Images

+ The union wants eight per cent.

- Getty Images

+ Talks go on.

- Courtesy of the Gomez family

+ Nobody expects a deal this week.

- [Maria Gomez/Al Jazeera]

+ The last strike took place in 2015.

- © EPA

+ It lasted for nine days.

- via Reuters
""",
    "caption and credit in one paragraph": """
- Dockers stand outside the gate of the port in Antwerp, March 3, 2021. (AP Photo/Jan de Vries)

+ Dockers went back to work on Thursday.

- Containers are stacked at the port of Antwerp. REUTERS/Jan de Vries

+ The port handles 12 million containers a year.

- A crane at the port. Photo: Jan de Vries
""",
    "list of links in the middle": """
+ The central bank left its rate at 2 per cent.

- Read more of our business coverage:

- Why bread costs more than ever
- Five charts that show how rents rose
- What the new tax means for savers

+ Analysts had expected a cut.
""",
    "related stories at the end": """
+ The expedition reached the lake on 4 June.

- You may also like

- Lost maps of the lake turn up in an attic
- How a dog team crossed the ice in nine days
- Previous article
- Next article
""",
    "section label": """
+ Parliament adopted the bill by 80 votes to 61.

- Courier Politics

- Read more of the Courier's politics coverage:

+ It now goes to the senate.
""",
    "newsletter box": """
+ Wolves have returned to the valley.

- Sign up for our morning newsletter

- Get the day's top stories in your inbox

- Enter your email address

- Sign up

- By signing up, you agree to our terms and our privacy policy.

- Thank you for subscribing!

+ Shepherds ask for better fences.
""",
    "social media": """
+ The choir won in Riga.

- Follow us on Facebook and Twitter

- Follow @harwickcourier on Instagram

- Subscribe to our YouTube channel

- Click here to watch the full concert

- Download our app here.
""",
    "media labels": """
- WATCH: Choir sings in Riga's old town

+ The choir sang for two hours.

- LISTEN: The choir's new record

- Video: Backstage in Riga

- SEE ALSO: Ten choirs to hear this year
""",
    "German": """
- Startseite > Politik > Inland

+ Der Stadtrat hat am Montag den Haushalt beschlossen.

- Anzeige

+ Er umfasst 90 Millionen Euro.

- Lesen Sie auch: So teuer wird das neue Rathaus

- Foto: Jens Vogel/dpa

- Artikel teilen

- Wir verwenden Cookies, um Ihnen das beste Erlebnis auf unserer Website zu bieten.

- Alle akzeptieren

- Deine E-Mail-Adresse wird nicht veröffentlicht. Erforderliche Felder sind markiert.
""",
    "French": """
+ Le conseil municipal a voté le budget lundi soir.

- La suite après la publicité

+ Il s'élève à 90 millions d'euros.

- À lire aussi : Le nouveau stade coûtera plus cher

- Crédit photo : Anne Petit

- Abonnez-vous

- Tous droits réservés

- Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *
""",
    "Spanish": """
+ El ayuntamiento aprobó el lunes el presupuesto.

- Publicidad

- Lea también: El nuevo estadio costará más

+ Asciende a 90 millones de euros.

- Síguenos en Instagram y Facebook

- Deja un comentario

- Tu dirección de correo electrónico no será publicada.
""",
    "Portuguese": """
+ A câmara aprovou o orçamento na segunda-feira.

- Continua após a publicidade

- Leia também: Novo estádio custará mais

+ O valor chega a 90 milhões de euros.

- Compartilhe

- O seu endereço de e-mail não será publicado.
""",
    "Italian": """
+ Il consiglio ha approvato il bilancio lunedì.

- Pubblicità

- Leggi anche: Il nuovo stadio costerà di più

+ Ammonta a 90 milioni di euro.

- Iscriviti alla newsletter

- Lascia un commento
""",
    "Dutch": """
+ De gemeenteraad heeft maandag de begroting aangenomen.

- Lees ook: Nieuw stadion wordt duurder

- Artikel gaat verder onder de advertentie

+ Het gaat om 90 miljoen euro.

- Deel dit artikel

- Wij gebruiken cookies om uw ervaring op onze site te verbeteren.
""",
    "Norwegian": """
+ Kommunestyret vedtok budsjettet mandag kveld.

- Annonse

- Les også: Ny stadion blir dyrere

+ Det er på 90 millioner kroner.

- Artikkelen fortsetter under annonsen

+ Ordføreren er fornøyd.

- Mest lest
""",
    "Norwegian share bar and newsletter": """
- Del på Facebook

- Del på Facebook Del på X Kopier lenke

- Kopier lenken

- Tips en venn

+ Kommunestyret vedtok budsjettet mandag kveld.

- Meld deg på nyhetsbrevet vårt

- Meld deg på nyhetsbrevet og få ukens saker rett i innboksen.

- Få nyheter rett i innboksen

- Få de viktigste sakene på e-post hver morgen i nyhetsbrevet vårt.

+ Det er på 90 millioner kroner.

- Saken fortsetter under bildet

- Flere saker

+ Ordføreren er fornøyd.

- Ansvarlig redaktør: Siv Dahl. Avisa følger Vær Varsom-plakaten.
""",
    "captions signed by an agency alone": """
- Anniken Dahl under et pressetreff i Bodø. REUTERS

+ Fergen går igjen fra mandag.

- Ordfører Siv Dahl foran rådhuset. NTB

+ Den har vært ute av drift i ni dager.

- Anna Dahl during a visit to Geneva. REUTERS
""",
    "Danish and Swedish newsletters": """
+ Byrådet vedtog budgettet mandag.

- Tilmeld dig vores nyhedsbrev

- Del artiklen

+ Det er på 90 millioner kroner.

- Anmäl dig till vårt nyhetsbrev

- Prenumerera på nyhetsbrevet
""",
    "menu in one line": """
- News | Sport | Business | Opinion

+ A seal has come up the river as far as the lock.

- Tags: seal, river, lock

- 1.2K shares
""",
    "carriage returns": """
- Advertisement\r
\r
+ The lighthouse will be lit again in May.\r
\r
- Source link\r
""",
    "separators": """
+ The first part ends here.

- * * *

+ The second part begins here.

- ----------
""",
    "hard-wrapped mail": """
+ The committee met on Tuesday to hear what the farmers along the upper
+ river had to say about the flood, and to decide whether to
+ subscribe to the plan that the ministry had put before it in the
+ spring.

+ It will meet again in June.

- Reply
- Leave a comment
""",
    "reader's tip": """
- You must be logged in to post a comment.

+ The post office in Elm Street closes on Friday.

- Have a story? Tell us on WhatsApp

- 14 comments
""",
    "copyright and terms": """
+ The glacier lost two metres.

- Copyright © 2020 Alpine Post

- Privacy Policy

- Terms of Use
""",
}

# A text of a single paragraph is never emptied, so each of these stands between two others.
KEPT = [
    "Share prices fell 3 %.",
    "Follow us, he told reporters.",
    "Cookies were sold at the fair.",
    "Print sales rose.",
    "Reuters reported on Friday that the deal was off.",
    "Photo editors went on strike.",
    "Read more slowly, the teacher said.",
    "“Subscribe to our newsletter,” the page told every visitor.",
    "Advertisement spending fell by a tenth.",
    "Advertisements for sweets will be banned from January.",
    "Related species live in Borneo.",
    "Related: the two firms have one owner.",
    "Getty Images sued the company on Tuesday.",
    "AP won two prizes.",
    "Bloomberg was mayor for twelve years.",
    "Credit: the word was on every banker's lips.",
    "Image: it matters more than truth, she argued.",
    "Subscribe to the theory or not, the numbers stand.",
    "Sign up for the draft began on Monday.",
    "Tweets by the president were deleted.",
    "Email to the minister went unanswered.",
    "Watch sales in Switzerland rose by a fifth.",
    "Watch: the verb has two meanings.",
    "Listen to the people, the bishop said.",
    "Don't miss the point: the dam is old.",
    "Click here and there went the castanets.",
    "We use cookies in this cake because they hold its layers apart.",
    "By continuing to use force, the army lost the support of the villages.",
    "By using these form-factors, you can create a policy for the network.",
    "By clicking his heels together, the guard greeted the queen.",
    "This site uses less water than any other brewery.",
    "The lawyer wrote that all rights reserved to the crown had lapsed.",
    "Home prices rose > 5 % in May.",
    "Home and away, the team has not lost this year.",
    "Comments on the draft law may be sent until Friday.",
    "Join our fight, the rebels urged.",
    "Stay at home, the ministry advised.",
    "More from the harvest was sold than ever before.",
    "More stories than one can tell were lost in the fire.",
    "Topics: he had none, and spoke for an hour.",
    "Categories of prisoners were redrawn in 1951.",
    "Source links between the two files were cut by hand.",
    "Back to top form, the striker scored twice.",
    "Next article on the agenda was the ceasefire.",
    "Log in to the system failed for 4,000 voters.",
    "Please enter your name here, the form demanded of every widow.",
    "Save my name, she begged the court.",
    "Photo by photo, the archive was scanned.",
    "File photos were found in the cellar.",
    "Courtesy of the king, the park stays open.",
    "Facebook and Twitter fell by 4 %.",
    "Telegram was blocked in May.",
    "X is the tenth month's number on the old clock.",
    "Tags: rangers put them on 40 turtles.",
    "Read more about your rights before you sign.",
    "Follow the path to the lake.",
    "Get tested before you travel.",
    "Contact the council by email at town@example.org to object.",
    "Sponsored by the duke, the choir sang on.",
    "Reporting by the agency was called false by the ministry.",
    "Copyright law was changed in 1911.",
    "© is a sign that few can type, the printer said.",
    "Winner: Jane Smith/Denmark.",
    "The seat went to the incumbent (John Smith/Labour).",
    "The bank cut its rate, the ministry said. (Reuters)",
    "He shared the photo on Facebook on Friday.",
    "The newsletter reached 4,000 inboxes.",
    "Anzeigen gegen drei Männer wurden erstattet.",
    "Teilen will die Partei die Macht nicht.",
    "La publicité pour le tabac est interdite.",
    "Suivez la route du lac, dit le guide.",
    "Compartir la comida es un deber, dijo.",
    "Del av taket falt ned.",
    "Del på boet ble krevd av tre søsken.",
    "Ansvarlig redaktør ble hun først i mai.",
    "Ansvarlig redaktør: «Vi beklager feilen», skriver avisa.",
    "Få tok imot nyhetsbrevet fra kommunen.",
    "Få nyheter nådde fram til øya den vinteren.",
    "Nyhetsbrevet går ut til 4 000 husstander.",
    "Kommunen sender nyhetsbrev hver måned og deler det på Facebook.",
    "Over 300 har meldt seg på nyhetsbrevet siden mai.",
    "Meld deg på nyhetsbrevet, sa ordføreren til de frammøtte.",
    "Kopier av lenkene ble funnet i kjelleren.",
    "Politiet pågrep en mann utenfor banken. NTB",
    "En mann er pågrepet under et raid i Bodø. NTB",
    "Prisene falt under krigen. NTB",
    "Two men were held during a raid in Oslo. REUTERS",
    "Oil prices slip during holiday trade. REUTERS",
    "Fighting resumes outside the town. AFP",
    "Les mer enn du snakker, sa læreren.",
    "これは記事の一文です。",
]


def labelled(page: str) -> tuple[str, list[str], list[str]]:
    """A page without its labels, its clutter lines and the others."""
    lines = page.strip("\n").split("\n")
    dropped = [line[2:].strip() for line in lines if line.startswith("- ")]
    kept = [line[2:].strip() for line in lines if line.startswith("+ ")]
    return "\n".join(line[2:] if line[:2] in ("- ", "+ ") else line for line in lines), dropped, kept


def left(text: str) -> str:
    """What of `text` is not clutter."""
    parts, start = [], 0
    for one in parts_of(text).clutter:
        parts.append(text[start : one.span.start])
        start = one.span.end
    return "".join([*parts, text[start:]])


@pytest.mark.parametrize("name", PAGES)
def test_of_a_page_the_article_is_kept_and_the_clutter_is_not(name: str) -> None:
    text, dropped, kept = labelled(PAGES[name])
    remaining = [line.strip() for line in left(text).splitlines() if line.strip()]
    assert [line for line in kept if line not in remaining] == [], "reporting lost"
    assert [line for line in dropped if line in remaining] == [], "clutter kept"


@pytest.mark.parametrize("sentence", KEPT)
def test_a_sentence_of_reporting_is_never_lost(sentence: str) -> None:
    for page in (
        f"The council met on Monday.\n\n{sentence}\n\nIt rose at noon.",
        f"{sentence}\n\nThe council met on Monday.\n\nSource link",
        f"The council met on Monday.\n\nGetty Images\n\n{sentence}",
        f"The council met on Monday.\n{sentence}\nLeave a comment\n",
        f"The council met on Monday.\n\nRead more of our coverage:\n\n{sentence}\n\nIt rose at noon.",
    ):
        assert sentence in left(page), page


@pytest.mark.parametrize(
    "sentence",
    [
        "The law took effect on January 1, 2022.",
        "The minister said in Geneva on January 21, 2022 that talks would go on.",
        "“We leave,” she told the crowd in Lima on May 3, 2021.",
        "Troops crossed the river on 4 March 2019. The town fell a day later.",
        "The mill had stood empty since May 1, 2019.",
        "The council approved the plan on June 2, 2020.",
        "Prices rose in March.",
    ],
)
def test_reporting_before_a_picture_credit_is_kept(sentence: str) -> None:
    assert sentence in left(f"The council met.\n\n{sentence}\n\nJane Doe | Reuters\n\nIt rose at noon.")


@pytest.mark.parametrize(
    "caption",
    [
        "A woman carries water from a well in Gao, Mali, on March 3, 2013.",
        "Protesters march towards the palace in Colombo, 9 July 2022.",
        "Chancellor Olga Brandt (left) with the mayor of Graz.",
        "The mayor, right, greets a guest.",
        "File photo of the dam at Lake Vernon.",
        "The dam is pictured before the flood.",
    ],
)
def test_a_caption_before_a_picture_credit_is_left_out(caption: str) -> None:
    page = f"The council met.\n\n{caption}\n\nJane Doe | Reuters\n\nIt rose at noon."
    assert caption not in left(page)
    assert caption in left(page.replace("Jane Doe | Reuters", "Nobody spoke against it.")), "no credit, no caption"


def test_a_page_that_would_be_wholly_clutter_keeps_its_full_sentences() -> None:
    page = "Share this article\n\nYour email address will not be published.\n\nSource link"
    assert left(page).split("\n\n")[1] == "Your email address will not be published."
    assert [one.span.of(page) for one in parts_of(page).clutter] == ["Share this article", "Source link"]


def test_a_heading_between_paragraphs_is_not_taken_for_a_link() -> None:
    page = "Read more of our coverage:\n\nWhat happens to the harbour next\n\nThe harbour closes in May."
    assert "What happens to the harbour next" in left(page)


@pytest.mark.skipif(not PAGE.exists(), reason="the sample page is not on this machine")
def test_of_the_sample_page_captions_credits_promos_and_comment_form_are_left_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    left_out = [(one.kind, one.span.of(text)[:24]) for one in parts_of(text).clutter]
    assert left_out == [
        ("caption", "US Secretary of State An"),
        ("credit", "Fabrice Coffrini | AFP |"),
        ("other", "CNBC Politics"),
        ("other", "Read more of CNBC’s poli"),
        ("caption", "U.S. Secretary of State "),
        ("credit", "Russian Foreign Ministry"),
        ("caption", "A militant of the self-p"),
        ("credit", "Alexander Ermochenko | R"),
        ("other", "Source link"),
        ("other", "Please enter your commen"),
        ("other", "Please enter your name h"),
    ]


@given(st.lists(st.sampled_from([*KEPT, "Source link", "Getty Images", "Photo: A B", "", "\r", "\x00", "|", "a / b"])))
def test_clutter_is_whole_paragraphs_in_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = [one.span for one in parts_of(text).clutter]
    assert set(found) <= set(paragraphs(text))
    assert found == sorted(set(found))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert all(one.span in paragraphs(text) for one in parts_of(text).clutter)


@pytest.mark.parametrize(
    "unit",
    [
        "A/",
        "Ab ",
        "A-",
        "(",
        "> ",
        "Home > ",
        "Photo: ",
        "A | ",
        "'",
        "\u201c",
        "by using ",
        "READ MORE ",
        "A.b ",
        "© ",
        "«",
    ],
)
def test_hostile_lines_take_linear_time(unit: str) -> None:
    line = (unit * 600)[:590]
    page = "\n\n".join([line] * 340)
    start = time.process_time()
    parts_of(page)
    parts_of(unit * (200_000 // len(unit)))
    assert time.process_time() - start < 3.0
