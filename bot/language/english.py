"""The bot's words in English."""

from typing import Final

from bot.language.phrases import Phrases

ENGLISH: Final = Phrases(
    code="en",
    name="English",
    locale="en",
    telegram_codes=("en",),
    description=(
        "I answer questions from a collection of articles. Every answer is the exact passage, word for word, with its "
        "source, its date and a link to the place. Where the articles do not hold the answer, I say so."
    ),
    short_description="Answers from a collection of articles: the exact passage, and where it stands.",
    greeting=(
        "I answer questions from {articles}, always with the exact passage and where it stands.\n"
        "Type a question, or try one of these:"
    ),
    greeting_without_index=(
        "I answer questions from a collection of articles, with the exact passage and where it stands.\n"
        "The articles are being prepared: come back in a little while."
    ),
    ask_what="What would you like to know?",
    ask_placeholder="Your question",
    asked="Question: {question}",
    understood_as="Understood as: {question}",
    unanswered="The articles do not seem to hold the answer.",
    unanswered_nearest="The articles do not seem to hold the answer. These come nearest:",
    source_unknown="source unknown",
    date_unknown="date unknown",
    metadata_found="Found in: {places}",
    metadata_names={
        "title": "title",
        "author": "author",
        "source": "source",
        "published": "date",
        "url": "address",
        "language": "language",
    },
    found_in={"detected": "told by the text", "url": "the address", "host of the url": "the address"},
    percent="{n} %",
    under_one_percent="under 1 %",
    over_ninety_nine_percent="over 99 %",
    also_in="Also in: {titles}",
    and_more="and {n} more",
    no_title="(no title)",
    not_ready="The articles are not ready yet. Please ask again in a few minutes.",
    no_words="I found no word in that to look for. Please type what you would like to know.",
    filter_refused={
        "empty": "Nothing stands behind {name}: – write, for example, source:reuters, after:2022-01 or in:election.",
        "quote": "The quotation mark behind {name}: is not closed.",
        "date": "{name}:{value} is no date that I can read. Write {name}:2022, {name}:2022-01 or {name}:2022-01-15.",
        "twice": "{name}: is there twice. Please keep one of the two.",
        "alone": "Please type a question beside the filters.",
        "source": "No article has the source {value}.",
        "day": "No article was published {value}.",
        "title": "No article has all these words in its title: {value}.",
        "together": "No article fits {value}. Please leave one of them out.",
    },
    filter_known="There are: {known}.",
    too_long="That has {length} characters, and a question may have {limit}. Please ask in fewer words.",
    wait="That was a lot of questions in a short time. Please ask again in {time}.",
    too_much="That is more than I can take at once: what you sent last I have not read. Please try again in a minute.",
    set_aside="I failed three times at this and do not try again. Please put it another way; the admins know.",
    second_one="1 second",
    second_many="{n} seconds",
    minute_one="1 minute",
    minute_many="{n} minutes",
    hour_one="1 hour",
    hour_many="{n} hours",
    not_text="I can only read questions that are typed. What would you like to know?",
    unknown_command="I do not know that command: /help lists those I know. A question is typed just as it is.",
    incident="Something went wrong on my side, and it has been noted as incident {number}. Please try again later.",
    new_conversation="A new conversation: the next question stands on its own.",
    nothing_to_forget="There was no conversation to forget: the next question stands on its own.",
    more_context="More context",
    less_context="Less context",
    article="Article",
    copy="Copy citation",
    share="Share",
    ask_again="Ask again",
    thanks_up="Thank you: noted that this passage answers the question.",
    thanks_down="Thank you: noted that this passage does not answer the question.",
    taken_back="Your verdict is taken back.",
    not_yours="Only the person who asked can use these buttons. Ask with /ask to get your own.",
    expired="This button has expired. You can ask the question again.",
    article_changed="The article has changed since. Ask again to get the passage as it is now.",
    article_gone="That article is no longer in the collection.",
    help=(
        "Type a question, and I look for the passage that answers it.\n\n"
        "◀ ▶ show the other passages found, More context what stands around one, Article the whole text from there "
        "on. 👍 and 👎 say whether a passage answers the question. Correct a question by editing it: its answer "
        "follows.\n\n"
        "In a group ask with /ask, by mentioning @{bot}, or by replying to one of my messages. In any chat type "
        "@{bot} and a question to quote a passage there.\n\n"
        "Narrow a question down by writing into it: source:reuters, after:2022-01, before:2022-02-15, "
        'in:"title words".\n\n'
        "/ask – ask a question\n/new – begin a new conversation\n/sources – the articles; /sources words finds some of "
        "them\n/article – read an article: /article and words of its title\n/settings – passages and language\n"
        "/privacy – what is kept about you\n/export – get what is kept about you\n/forget – delete it"
    ),
    help_admin=(
        "For admins: /stats, /reindex, /ban, /unban, /broadcast. Send a link or a file to add an article: "
        "a page, a PDF, a Word or text document, a book, a feed, JSON, a table, or an archive of them."
    ),
    article_one="1 article",
    article_many="{n} articles",
    sources="{articles}, newest first",
    sources_found="{articles} with “{words}”",
    sources_none="No article has “{words}” in its title, source, author or file.",
    sources_search="Search: /sources and words of a title or source",
    article_usage="Say which one: /article and words of its title. /sources lists them.",
    article_none="No article has “{words}” in its title, source, author or file. /sources lists them.",
    page="p. {n}",
    page_of="page {page} of {pages}",
    settings="Your settings",
    settings_passages="Passages per answer: {n}",
    settings_language="Language: {language}",
    automatic="as in Telegram",
    privacy=(
        "What is kept about you: your numeric Telegram id, your settings, your questions with their answers, and your "
        "👍 and 👎. Questions, answers and verdicts are deleted {days} days after the question, your id and settings "
        "{days} days after you were last here. No names, no phone numbers, no messages that are not questions to "
        "me.\n\n"
        "Why: so that follow-up questions are understood, buttons work, and mistakes can be found. The times of your "
        "questions of the last two days are kept too, for the limit of questions, and counts per day that name "
        "nobody.\n\n"
        "Who sees it: whoever runs this bot. Telegram itself sees every message between you and a bot.\n\n"
        "/export sends you everything. /forget deletes it at once, also where others have it: their verdicts on your "
        "answers, what they opened by your links, and what they asked in your words or went on from. Two things stay, "
        "without any words: the times of your questions of the last two days, and a ban, if there is one. Messages in "
        "a chat are Telegram's: delete those there."
    ),
    export="Everything that is kept about you.",
    export_part="Everything that is kept about you, part {n}.",
    export_running="Your export is on its way.",
    export_unreachable="I may not write to you. Open a private chat with me, and your export comes there.",
    export_open="Get it in private",
    export_of_chats=(
        "What is kept is handed out in a private chat only, and a chat or an anonymous admin has none. /forget deletes "
        "what was asked under this name."
    ),
    export_failed="Your export could not be made. Please try again later, or ask whoever runs this bot.",
    forgotten=(
        "Deleted: your settings, your messages with buttons ({answers}), the questions of your conversations ({turns}) "
        "and your verdicts ({feedback}); also where others had them. Only the times of your latest questions are kept, "
        "for two days, and a ban, if there is one: without any words."
    ),
    forgotten_nothing=(
        "Nothing is kept about you but the times of your latest questions, for two days, and a ban, if there is one: "
        "without any words."
    ),
    commands={
        "ask": "Ask a question",
        "new": "Begin a new conversation",
        "sources": "The articles, newest first",
        "article": "Read an article",
        "settings": "Passages per answer, language",
        "help": "How to ask",
        "privacy": "What is kept about you",
        "export": "Get what is kept about you",
        "forget": "Delete what is kept about you",
    },
    admin_commands={
        "stats": "The last 30 days",
        "reindex": "Bring the index up to date",
        "ban": "Ban a person",
        "unban": "Lift a ban",
        "broadcast": "Write to everybody",
    },
    private_bot="This bot answers invited people only. To be invited, give whoever runs it your id: {id}",
    group_refused="This bot works in certain groups only, and this is none of them.",
    group_hello=(
        "Hello! Ask me with /ask, by mentioning @{bot}, or by replying to one of my messages. /help tells more."
    ),
    admins_only="That command is for the admins of this bot.",
    inline_not_ready="The articles are not ready yet",
    inline_related="Related passage, perhaps not an answer",
    stats="The last 30 days",
    stats_totals=(
        "{questions} questions, {answered} of them answered ({share}); 👍 {up}, 👎 {down}; "
        "median time to an answer {p50}"
    ),
    stats_now=(
        "Now: {articles}, {passages} passages, index {generation}; {people} people, {groups} groups; "
        "state {state} MB; {pending} waiting"
    ),
    stats_without_picture="The picture needs packages that are not installed: {command}",
    chart={
        "title": "Questions a day, last 30 days",
        "answered": "answered",
        "unanswered": "not in the articles",
        "people": "people",
        "up": "approved",
        "down": "disapproved",
        "latency": "median time to an answer, ms",
    },
    reindex_started="Bringing the index up to date …",
    reindex_running="The index is being brought up to date already.",
    reindex_step="Bringing the index up to date …\n{step}: {done}",
    reindex_steps={
        "looking at the seeds": "looking at the files",
        "converting the model (once)": "converting the model (once)",
        "reading and encoding": "reading and encoding",
        "writing the index": "writing the index",
    },
    reindex_done=(
        "The index is up to date: {articles}, {passages} passages.\n"
        "Files: {added} added, {changed} changed, {removed} removed, {skipped} skipped; {seconds} s."
    ),
    reindex_unchanged="Nothing has changed: {articles}, {passages} passages; {skipped} files skipped.",
    reindex_skipped="Skipped or unreadable:",
    reindex_kept="{n} files cannot be read; what the index holds of them is served on.",
    reindex_failed="The index could not be brought up to date; the old one is served on.\n{reason}",
    reindex_removals=(
        "Nothing was changed: {gone} of {articles} articles would leave the index, such as {examples}. Perhaps a "
        "folder is not mounted or was moved. Bring the files back and send /reindex, or remove the articles."
    ),
    reindex_anyway="Remove {gone}, rebuild anyway",
    reindex_left="Cancelled: the old index is served on.",
    reindex_interrupted="Bringing the index up to date was interrupted by a restart. Start it again with /reindex.",
    ban_usage="Say whom: {command} and a numeric id, or send {command} as a reply to a message of theirs.",
    banned="{id} is banned: nothing they write is answered.",
    banned_already="{id} was banned already.",
    unbanned="{id} may ask again.",
    unbanned_already="{id} was not banned.",
    no_ban_of_admins="{id} is an admin of this bot and cannot be banned.",
    broadcast_usage="Say what to write: /broadcast and the text, or send /broadcast as a reply to a message.",
    broadcast_preview="This is what {n} people will get. Send it?",
    broadcast_send="Send to {n}",
    broadcast_cancel="Cancel",
    broadcast_cancelled="Cancelled: nobody got it.",
    broadcast_progress="Sending: {done} of {total}",
    broadcast_done="Sent to {sent} of {total}; {blocked} have blocked the bot, {failed} failed.",
    adding="Looking at {name} …",
    added="Added: {name}",
    added_titles="Articles in it: {titles}",
    already_added="It was added before: {name}",
    not_added="Not added: {name}: {reason}",
    not_downloaded="Telegram did not hand over the file; send it again in a while",
    reindex_now="Bring the index up to date",
    admin_index_missing="There is no index to answer from: {reason}",
    admin_index_there="The index is there: {articles}, {passages} passages. Questions are answered.",
    admin_index_refused="A new index is bad and not served; the old one is served on.\n{reason}",
    admin_conflict="Another process fetches this bot's messages with the same token. Stop one of the two.",
    admin_disk="The bot waits, since it cannot write its state; nothing is lost meanwhile.\n{reason}",
    admin_set_aside=(
        "The bot ended three times while it handled an update ({kind}, from {person}). It is set aside; the log tells "
        "when the bot ended."
    ),
    admin_damaged="The bot has stopped: its state is damaged. Messages wait at Telegram for 24 hours.\n{reason}",
)
