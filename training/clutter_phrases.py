"""Phrases of clutter in our own words, for the languages and the short pages of which the collections hold too few.

Lower case, only words, a space between; several a line, parted by semicolons.
"""

from typing import Final


def _phrases(written: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in written.split(";") if phrase.strip())


# Lines of nothing else.
PHRASES: Final = _phrases("""
    source link; original source; read the original article; view original post; advertisement; advertisements;
    sponsored content; paid content; story continues below; article continues below; story continues below
    advertisement; article continues below advertisement; skip ad; scroll to continue; report this ad; skip to
    content; skip to main content; skip to navigation; back to top; previous article; next article; previous post;
    next post; privacy policy; terms of use; terms of service; cookie policy; about us; contact us; min read; view
    all; read more; read more here; continue reading; sign up now; subscribe now; learn more; follow us;
    newsletter sign up; sign up; enter your email; enter your email address; your email address; thank you for
    subscribing; watch live; sharing is caring; share this; share this article; share this story; share this post;
    copy link; email this; print this; pin it; tweet; save for later; printer friendly version; leave a comment;
    leave a reply; leave a reply cancel reply; post a comment; post comment; add a comment; cancel reply; please
    enter your comment; please enter your name here; please enter your email address here; no comments; view
    comments; you have entered an incorrect email address; join the conversation; comments are closed; be the
    first to comment; accept all; accept all cookies; reject all; manage preferences; cookie settings; i accept;
    all rights reserved; annonse; annonsørinnhold; artikkelen fortsetter under annonsen; saken fortsetter under
    annonsen; nyhetsbrev; saken fortsetter etter annonsen; saken fortsetter under bildet; artikkelen fortsetter
    under bildet; les mer; følg oss; bli abonnent; meld deg på nyhetsbrevet; få nyhetsbrevet; få nyheter rett i
    innboksen; del; del saken; del artikkelen; del denne saken; kopier lenke; kopier lenken; lenke kopiert; skriv
    ut; tips en venn; send til en venn; vis kommentarer; legg igjen en kommentar; skriv en kommentar; avbryt svar;
    hopp til innhold; hopp til hovedinnhold; tilbake til toppen; til forsiden; forrige artikkel; neste artikkel;
    personvernerklæring; om informasjonskapsler; godta alle; avvis alle; annons; artikeln fortsätter under
    annonsen; läs mer; dela artikeln; kopiera länk; prenumerera på nyhetsbrevet; anmäl dig till vårt nyhetsbrev;
    lämna ett svar; acceptera alla; gå till innehåll; dela; annonce; artiklen fortsætter efter annoncen; læs mere;
    del artiklen; kopier link; tilmeld dig nyhedsbrevet; tilmeld dig vores nyhedsbrev; anzeige; werbung; weiter
    nach der anzeige; weiterlesen; artikel teilen; beitrag teilen; teilen; drucken; link kopieren; kommentar
    hinterlassen; schreibe einen kommentar; kommentar abschicken; antwort abbrechen; newsletter abonnieren; jetzt
    abonnieren; jetzt anmelden; folgen sie uns; zum inhalt springen; nach oben; impressum; datenschutzerklärung;
    alle akzeptieren; alle ablehnen; alle rechte vorbehalten; publicité; la suite après la publicité; la suite
    après cette publicité; lire la suite; partager; partager cet article; imprimer; envoyer par e mail; copier le
    lien; abonnez vous; s abonner; suivez nous; laisser un commentaire; annuler la réponse; publier le
    commentaire; aller au contenu; haut de page; mentions légales; tous droits réservés; tout accepter; tout
    refuser; publicidad; continúa después de la publicidad; leer más; compartir; comparte; copiar enlace;
    suscríbete; síguenos; deja un comentario; deja una respuesta; cancelar respuesta; saltar al contenido; volver
    arriba; aviso legal; aceptar todo; rechazar todo; todos los derechos reservados; publicidade; continua após a
    publicidade; continua depois da publicidade; leia mais; saiba mais; compartilhe; compartilhar; partilhar;
    inscreva se; siga nos; deixe um comentário; deixe uma resposta; todos os direitos reservados; pubblicità;
    continua a leggere dopo la pubblicità; leggi di più; condividi; iscriviti; iscriviti alla newsletter; seguici;
    lascia un commento; annulla risposta; vai al contenuto; torna su; accetta tutto; tutti i diritti riservati;
    advertentie; artikel gaat verder onder de advertentie; lees verder onder de advertentie; lees verder; lees
    meer; deel dit artikel; afdrukken; abonneer je; volg ons; laat een reactie achter; reactie plaatsen; naar de
    inhoud; terug naar boven; alles accepteren; alles weigeren; alle rechten voorbehouden
""")
# Labels of other stories, which stand behind their colon or as headlines below.
HEADS: Final = _phrases("""
    read more; read also; also read; read next; see also; related; related articles; related stories; related
    posts; related news; related coverage; you may also like; you might also like; recommended; recommended for
    you; more stories; more on this story; more on this topic; most read; most popular; most viewed; trending;
    trending now; trending stories; popular stories; top stories; latest news; latest stories; editors picks;
    editor s picks; don t miss; must read; watch; listen; video; in case you missed it; what to read next; les
    også; mest lest; mest leste; flere saker; relaterte saker; relaterte artikler; siste nytt; siste nyheter;
    anbefalt; andre leser også; läs också; läs även; mest läst; læs også; mest læst; se også; lesen sie auch; mehr
    zum thema; meistgelesen; auch interessant; das könnte sie auch interessieren; lire aussi; à lire aussi; à lire
    également; sur le même sujet; les plus lus; articles liés; lee también; lea también; te puede interesar; lo
    más leído; noticias relacionadas; leia também; veja também; mais lidas; notícias relacionadas; leggi anche;
    per approfondire; articoli correlati; i più letti; lees ook; meest gelezen; gerelateerde artikelen
""")
# Labels of a list of topics behind their colon.
TOPICS: Final = _phrases("""
    tags; tag; tagged; tagged with; tagged in; filed under; topics; related topics; categories; category;
    keywords; posted in; schlagwörter; schlagworte; themen; stichworte; mots clés; étiquettes; etiquetas; temas;
    parole chiave; argomenti; trefwoorden; onderwerpen; emner; stikkord; nøkkelord; ämnen; etiketter
""")
# Beginnings of lines that may go on in any way but with a comma or a colon.
OPENINGS: Final = _phrases("""
    your email address will not be published; required fields are marked; save my name email and website; you must
    be logged in to; you must be signed in to; this site uses akismet; this site is protected by recaptcha; notify
    me of; by signing up you agree; by subscribing you agree; by continuing to use this site you agree; we use
    cookies to improve; we and our partners; this site uses cookies; this website uses cookies; this content
    cannot be played; our standards the; read more of; follow us on; sign up for our; subscribe to our; download
    our app; download the app; like us on; join us on; get the day s top stories; get our newsletter; have a
    story; click here to watch; click here to read; tell us on; meld deg på nyhetsbrevet; meld deg på vårt
    nyhetsbrev; få de viktigste sakene på; del på facebook; deine e mail adresse wird nicht; ihre e mail adresse
    wird nicht; wir verwenden cookies um; votre adresse e mail ne sera pas; nous utilisons des cookies; tu
    dirección de correo electrónico no será; síguenos en; utilizamos cookies; o seu endereço de e mail não será;
    il tuo indirizzo email non sarà; questo sito utilizza; je e mailadres wordt niet; wij gebruiken cookies; vi
    bruker cookies; din e postadresse vil ikke; anmäl dig till; tilmeld dig vores
""")
