"""The words by which scraped pages give away what is not the article: one entry a line, in lower case.

Straight apostrophes, no end punctuation. Only wordings that are unmistakable as a line of their own stand here; what
also needs a place or a neighbour to be told apart is in `boilerplate`.
"""

from typing import Final


def _lines(words: str) -> frozenset[str]:
    return frozenset(line.strip() for line in words.strip().splitlines())


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


FORM: Final = _lines("""
    please enter your comment
    please enter your name here
    please enter your email address here
    you have entered an incorrect email address
    leave a comment
    leave a reply
    leave a response
    post a comment
    post comment
    post your comment
    add a comment
    add comment
    add your comment
    write a comment
    submit comment
    cancel reply
    leave a reply cancel reply
    leave a comment cancel reply
    leave a response cancel reply
    log in to comment
    login to comment
    log in to leave a comment
    log in to reply
    sign in to comment
    join the conversation
    join the discussion
    be the first to comment
    comments are closed
    comments are off for this post
    no comments yet
    no comments
    view comments
    view all comments
    show comments
    load comments
    see all comments
    0 comments
    comment now
    your email address will not be published
    kommentar hinterlassen
    schreibe einen kommentar
    antworten abbrechen
    antwort abbrechen
    kommentar abschicken
    laisser un commentaire
    annuler la réponse
    laisser un commentaire annuler la réponse
    publier le commentaire
    deja un comentario
    dejar un comentario
    deja una respuesta
    cancelar respuesta
    deja una respuesta cancelar respuesta
    publicar el comentario
    deixe um comentário
    deixe uma resposta
    cancelar resposta
    publicar comentário
    lascia un commento
    annulla risposta
    lascia un commento annulla risposta
    invia commento
    laat een reactie achter
    geef een reactie
    plaats een reactie
    reactie annuleren
    reactie plaatsen
    legg igjen en kommentar
    legg igjen en kommentar avbryt svar
    avbryt svar
    skriv en kommentar
    lämna ett svar
    skriv kommentar
    skriv en kommentar avbryt svar
    legg til en kommentar
    vis kommentarer
    kommentarfeltet er stengt
""")

# Words of a comment form that mean nothing by themselves: only beside other lines of a form.
FORM_FIELD: Final = _lines("""
    name
    email
    e-mail
    email address
    website
    comment
    comments
    comment:
    your name
    your email
    your comment
    name:
    email:
    website:
    submit
    send
    reply
    nom
    nombre
    nome
    naam
    navn
    namn
    kommentar
    commentaire
    comentario
    comentário
    commento
    reactie
    web
    correo electrónico
    site web
    sitio web
    sito web
    nettsted
""")

SOURCE: Final = _lines("""
    source link
    source url
    link to source
    original source
    read the original article
    read original article
    view original post
    view original article
    quellenlink
    lien source
    enlace de origen
    link da fonte
    link alla fonte
""")

ADVERTISEMENT: Final = _lines("""
    advertisement
    advertisements
    advertising
    ad
    ads
    sponsored
    sponsored content
    sponsored links
    promoted
    promoted content
    paid content
    paid post
    story continues below
    article continues below
    story continues below advertisement
    article continues below advertisement
    story continues after advertisement
    article continues after ad
    article continues after this advertisement
    advertisement - continue reading below
    advertisement - scroll to continue
    advertisement continue reading below
    article continues below this ad
    story continues below this ad
    continue reading below
    continue reading the main story
    skip advertisement
    skip ad
    scroll to continue
    scroll down to continue reading
    remove ads
    report ad
    report this ad
    hide ad
    why this ad
    this advertisement has not loaded yet, but your article continues below
    anzeige
    werbung
    der artikel wird nach der anzeige fortgesetzt
    weiter nach der anzeige
    artikel wird unter der anzeige fortgesetzt
    publicité
    annonce
    la suite après la publicité
    la suite après cette publicité
    publicidad
    continúa después de la publicidad
    sigue leyendo tras la publicidad
    publicidade
    continua após a publicidade
    continua depois da publicidade
    pubblicità
    continua a leggere dopo la pubblicità
    advertentie
    lees verder onder de advertentie
    lees verder na de advertentie
    artikel gaat verder onder de advertentie
    annonse
    annonsørinnhold
    artikkelen fortsetter under annonsen
    saken fortsetter under annonsen
    saken fortsetter etter annonsen
    artikkelen fortsetter etter annonsen
    saken fortsetter under bildet
    artikkelen fortsetter under bildet
    saken fortsetter under videoen
    artikkelen fortsetter under videoen
    annons
    artikeln fortsätter under annonsen
    artiklen fortsætter efter annoncen
    reklama
""")

NAVIGATION: Final = _lines("""
    skip to content
    skip to main content
    skip to navigation
    jump to content
    back to top
    go to top
    scroll to top
    previous article
    next article
    previous post
    next post
    previous story
    next story
    toggle navigation
    toggle menu
    open menu
    close menu
    main menu
    menu
    show more
    load more
    see all
    view all
    show all
    terms of use
    terms of service
    terms and conditions
    privacy policy
    privacy notice
    cookie policy
    do not sell my personal information
    contact us
    about us
    advertise with us
    zum inhalt springen
    nach oben
    zurück zur startseite
    zur startseite
    vorheriger artikel
    nächster artikel
    impressum
    datenschutz
    datenschutzerklärung
    aller au contenu
    haut de page
    retour en haut
    article précédent
    article suivant
    mentions légales
    saltar al contenido
    ir al contenido
    volver arriba
    artículo anterior
    artículo siguiente
    aviso legal
    política de privacidad
    política de privacidade
    pular para o conteúdo
    ir para o conteúdo
    voltar ao topo
    artigo anterior
    próximo artigo
    vai al contenuto
    torna su
    torna all'inizio
    articolo precedente
    articolo successivo
    informativa sulla privacy
    naar de inhoud
    ga naar de inhoud
    terug naar boven
    vorig artikel
    volgend artikel
    hopp til innhold
    hopp til hovedinnhold
    gå til innhold
    gå til hovedinnhold
    tilbake til toppen
    tilbake til forsiden
    om informasjonskapsler
    personvernerklæring
    til forsiden
    til toppen
    forrige artikkel
    neste artikkel
    personvern
    gå till innehåll
    till toppen
""")

PROMO: Final = _lines("""
    read more
    read more here
    read more...
    read next
    read also
    also read
    see also
    you may also like
    you might also like
    you may also be interested in
    recommended
    recommended for you
    recommended reading
    recommended stories
    related
    related articles
    related stories
    related story
    related posts
    related news
    related content
    related topics
    related coverage
    more on this story
    more on this topic
    more stories
    more news
    more coverage
    more like this
    most read
    most popular
    most viewed
    most shared
    trending
    trending now
    trending stories
    popular stories
    popular now
    top stories
    latest news
    latest stories
    editor's picks
    editors' picks
    don't miss
    in case you missed it
    up next
    what to read next
    what to watch next
    from our partners
    around the web
    sign up
    subscribe
    subscribe now
    subscribe today
    sign up now
    sign up here
    sign up for our newsletter
    newsletter
    newsletter sign-up
    newsletter signup
    get the newsletter
    enter your email
    enter your email address
    your email address
    thank you for subscribing
    thanks for signing up
    thank you for signing up
    you have successfully subscribed
    please enter a valid email address
    invalid email address
    already a subscriber
    already have an account
    click here
    click to expand
    watch now
    watch live
    listen now
    play video
    play audio
    learn more
    continue reading
    keep reading
    download the app
    download our app
    follow us
    follow
    following
    mehr zum thema
    lesen sie auch
    lesen sie mehr
    weiterlesen
    das könnte sie auch interessieren
    das könnte dich auch interessieren
    meistgelesen
    auch interessant
    newsletter abonnieren
    jetzt abonnieren
    jetzt anmelden
    folgen sie uns
    lire aussi
    à lire aussi
    à lire également
    lire la suite
    lire plus
    sur le même sujet
    les plus lus
    articles liés
    s'abonner
    abonnez-vous
    je m'abonne
    suivez-nous
    lee también
    lea también
    leer más
    leer también
    te puede interesar
    también te puede interesar
    noticias relacionadas
    artículos relacionados
    lo más leído
    más información
    suscríbete
    síguenos
    leia também
    leia mais
    veja também
    saiba mais
    mais lidas
    notícias relacionadas
    inscreva-se
    siga-nos
    leggi anche
    leggi di più
    per approfondire
    articoli correlati
    i più letti
    iscriviti
    seguici
    iscriviti alla newsletter
    lees ook
    lees meer
    lees verder
    meer over dit onderwerp
    meest gelezen
    gerelateerde artikelen
    abonneer je
    volg ons
    les også
    les mer
    relaterte saker
    mest lest
    anbefalt
    meld deg på nyhetsbrevet
    meld deg på nyhetsbrev
    meld deg på nyhetsbrevet vårt
    meld deg på vårt nyhetsbrev
    meld deg på her
    abonner på nyhetsbrevet
    abonner på nyhetsbrevet vårt
    få nyhetsbrevet
    nyhetsbrev
    relaterte artikler
    flere saker
    siste nytt
    siste nyheter
    mest leste
    mest lest siste døgn
    andre leser også
    bli abonnent
    tilmeld dig nyhedsbrevet
    tilmeld nyhedsbrev
    anmäl dig till nyhetsbrevet
    prenumerera på nyhetsbrevet
    mest läst
    mest læst
    følg oss
    läs också
    läs även
    läs mer
    læs også
""")

# Heads of lists of links: lines below them that are no sentences belong to them.
LIST_HEAD: Final = _lines("""
    related
    related articles
    related stories
    related posts
    related news
    related content
    related coverage
    recommended
    recommended for you
    recommended stories
    you may also like
    you might also like
    more stories
    more on this story
    more on this topic
    most read
    most popular
    most viewed
    trending
    trending now
    trending stories
    popular stories
    top stories
    latest news
    latest stories
    editor's picks
    editors' picks
    mehr zum thema
    meistgelesen
    das könnte sie auch interessieren
    sur le même sujet
    les plus lus
    articles liés
    noticias relacionadas
    artículos relacionados
    lo más leído
    mais lidas
    notícias relacionadas
    articoli correlati
    i più letti
    meest gelezen
    gerelateerde artikelen
    relaterte saker
    mest lest
""")

CONSENT: Final = _lines("""
    accept
    accept all
    accept all cookies
    accept cookies
    accept and continue
    reject all
    decline all
    i accept
    i agree
    got it
    manage preferences
    manage cookies
    manage consent
    manage choices
    cookie settings
    cookie preferences
    cookie consent
    cookie notice
    save preferences
    save and exit
    privacy settings
    alle akzeptieren
    alle ablehnen
    alle cookies akzeptieren
    cookie-einstellungen
    tout accepter
    tout refuser
    accepter et continuer
    paramétrer les cookies
    gérer mes préférences
    aceptar todo
    aceptar todas
    aceptar cookies
    rechazar todo
    configurar cookies
    aceitar todos
    aceitar cookies
    aceitar todos os cookies
    rejeitar todos
    accetta tutto
    accetta tutti
    accetta i cookie
    rifiuta tutto
    gestisci preferenze
    alles accepteren
    alle cookies accepteren
    alles weigeren
    cookie-instellingen
    godta alle
    aksepter alle
    avvis alle
    godta alle informasjonskapsler
    acceptera alla
""")

SHARE: Final = _lines("""
    share
    share this
    share this article
    share this story
    share this post
    share this page
    share this video
    share this item
    share article
    share via
    share with
    share on
    share on social media
    share options
    sharing options
    share by email
    share full article
    share with your friends
    spread the word
    tweet
    tweet this
    retweet
    copy link
    copy url
    copy link to clipboard
    link copied
    email this
    email this article
    email article
    email to a friend
    send by email
    send to a friend
    print
    print this
    print this article
    print this page
    print article
    printer-friendly version
    pin it
    save article
    save for later
    bookmark
    gift this article
    teilen
    artikel teilen
    beitrag teilen
    drucken
    artikel drucken
    merken
    partager
    partager cet article
    partager sur
    imprimer
    envoyer par e-mail
    compartir
    compartir este artículo
    comparte esta noticia
    comparte
    imprimir
    compartilhar
    compartilhe
    compartilhe isso
    partilhar
    partilhe
    condividi
    condividi questo articolo
    stampa
    delen
    deel dit artikel
    deel dit
    deel via
    afdrukken
    del
    del artikkelen
    del saken
    skriv ut
    dela
    dela artikeln
    kopier lenke
    kopier lenken
    kopiér lenke
    kopiér lenken
    lenke kopiert
    lenken er kopiert
    kopier link
    kopier linket
    tips en venn
    send til en venn
    del denne saken
    del denne artikkelen
    del artikel
    del artiklen
    dela den här artikeln
    skicka till en vän
    kopiera länk
    copia link
    copiar link
    copiar enlace
    copier le lien
    link kopieren
    link kopiëren
""")

# A share bar in one line is made of nothing but these.
SHARE_WORDS: Final = _words("""
    share this article story post page on to via by or and with tweet retweet email e-mail mail print pin it save copy
    link url more comment comments bookmark gift send your friends sms rss pocket teilen drucken merken auf per sur par
    partager imprimer compartir en por compartilhar no imprimir condividi su stampa delen deel op del på dela skriv ut
    kopier kopiér kopiera lenke lenken länk länken send via saken artikkelen artikeln artiklen e-post epost
""")
NETWORKS: Final = _words("""
    facebook twitter x whatsapp linkedin pinterest reddit telegram flipboard messenger instagram tumblr youtube tiktok
    threads bluesky mastodon email e-mail e-post epost vkontakte vk line wechat weibo xing viber skype snapchat
""")

# Sections that a site's menu names.
SECTIONS: Final = _lines("""
    home
    news
    world
    sport
    sports
    business
    politics
    opinion
    culture
    entertainment
    technology
    tech
    science
    health
    travel
    weather
    video
    videos
    podcasts
    lifestyle
    life
    money
    markets
    economy
    local
    national
    international
    us
    u.s
    uk
    europe
    africa
    asia
    more
    latest
    live
    live tv
    photos
    obituaries
    classifieds
    jobs
    contact
    contact us
    about
    about us
    subscribe
    log in
    login
    sign in
    register
    search
    menu
    newsletters
    arts
    style
    food
    education
    environment
    climate
    features
    columns
    community
    events
    startseite
    politik
    wirtschaft
    kultur
    wissen
    panorama
    accueil
    politique
    monde
    économie
    inicio
    política
    economía
    deportes
    mundo
    cultura
    início
    economia
    esportes
    sociedad
    cronaca
    politica
    esteri
    nieuws
    politiek
    economie
    hjem
    nyheter
    sporten
    forsiden
    kontakt
""")

AGENCIES: Final = (
    r"getty(?: images)?|afp|ap|associated press|reuters|thomson reuters|epa(?:-efe)?|efe|bloomberg(?: news)?|xinhua|"
    r"shutterstock|alamy(?: stock photo| live news)?|istock(?:photo)?|ap photo|ap images|ap photos|upi|dpa|"
    r"picture[ -]alliance|imago(?: images)?|ansa|lapresse|anp|belga|apa|keystone(?:-sda)?|ntb|scanpix|"
    r"ritzau(?: scanpix)?|"
    r"tt|lusa|pa(?: wire| media| images)?|press association|zuma(?: press)?|sipa(?: usa| press)?|nurphoto|"
    r"anadolu(?: agency| images)?|aa|tass|ria novosti|sputnik|kyodo(?: news)?|yonhap|pti|ani|canadian press|"
    r"the canadian press|aap|unsplash|pexels|pixabay|wikimedia commons|flickr|adobe stock|depositphotos|dreamstime|"
    r"rex(?: features)?|polaris|redux|magnum photos|nasa|noaa|u\.?s\. (?:army|navy|air force)|handout|file photo|"
    r"staff photo(?:grapher)?|staff|pool(?: photo)?|stringer|future publishing|light ?rocket|universal images group|"
    r"the washington post|the new york times|cnbc|nbc(?: news)?|cbs(?: news)?|abc news|usa today(?: sports)?"
)
