"""Languages: as much of eight of them as the checks of a reply need, and no guess about the others.

A check that asks for "I" or "we" can only be honest where it knows how a language says so. Which language a text is
in is told by its small words, as they are common and few; where none is clearly ahead the answer is None, and the
checks that would need it say nothing. Spanish, Italian and Portuguese leave the pronoun out, so that the commonest
verbs in the first person stand among theirs; Japanese leaves it out too and shows the speaker by humble forms.
"""

from dataclasses import dataclass

from storage.text.normalise import SPACELESS, fold, is_mark, kind

JAPANESE = "ja"
_ENOUGH = 2
_SHARE = 0.2
_SAME_BEGINNING = 4


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language, folded.

    Attributes:
        first: What shows that a person speaks of themselves.
        small: What says nothing of the subject.
        polite: Greetings, thanks and apologies: what may be said to anybody about anything.
    """

    first: frozenset[str]
    small: frozenset[str]
    polite: frozenset[str]


def _language(first: str, small: str, polite: str) -> Language:
    return Language(*(frozenset(map(fold, words.split())) for words in (first, small, polite)))


def _forms(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LANGUAGES = {
    "en": _language(
        "i me my mine myself we us our ours ourselves",
        "a about after all also am an and any are as at be because been before but by can could d did do does don for "
        "from get got had has have he her here him his how if in into is it its just ll m more no not now of off on "
        "one or out over re s she should since so some still such t than that the their them then there these they "
        "this those to too up ve very was were what when where which while who why will with would yes you your yours",
        "hello hi hey dear sorry apologise apologize apologies apology regret thank thanks thankful grateful please "
        "patience understanding understand inconvenience feedback frustration frustrating hear heard welcome morning "
        "afternoon evening day good great nice best kind regards cheers appreciate appreciated really truly sincerely "
        "reaching reach happy glad sad team trouble disappointed experience letting know let pity",
    ),
    "de": _language(
        "ich mir mich mein meine meinem meinen meiner meines wir uns unser unsere unserem unseren unserer unseres",
        "aber alle als also am an auch auf aus bei bin bis bist da dann das dass dein deine deinem deinen dem den der "
        "des dich die dir doch du durch ein eine einem einen einer eines er es euch euer eure für gar hab habe haben "
        "habt hat hatte hier hier hätte ihn ihnen ihr ihre ihrem ihren im immer in ist ja jetzt kann keine können man "
        "mehr mit nach nicht noch nun nur ob oder schon sein seit sich sie sind so um und vom von vor war waren warum "
        "was wenn wer werde werden wie wieder wird wo wurde wurden zu zum zur über",
        "hallo hi hey guten gute tag morgen abend liebe lieber moin servus sorry entschuldigung entschuldigen "
        "entschuldige verzeihung leid tut bedauern bedaure bedauerlich danke dank dankeschön vielen herzlich "
        "herzlichen herzliche bitte geduld verständnis unannehmlichkeiten umstände rückmeldung feedback gruß "
        "grüße viele beste schöne schön freuen freut gerne gern hinweis ärger ärgerlich sehr wirklich team",
    ),
    "fr": _language(
        "je j me m moi mon ma mes nous notre nos on",
        "a ai ainsi alors as au aucun aussi autre aux avait avant avec avez avoir avons c ce cela ces cet cette chez "
        "comme comment d dans de depuis des donc dont du elle elles en encore entre es est et eu eux fait faire il ils "
        "l la le les leur leurs lors lui là mais même n ne non ont ou où par pas peut plus pour pourquoi qu quand que "
        "quel quelle qui quoi s sa sans se sera ses si son sont sous suis sur ta te tes toi ton tous tout toute tu un "
        "une va vos votre vous y à été être",
        "bonjour bonsoir salut coucou cher chère désolé désolée désolés désolées excuses excusez pardon regrettons "
        "regrette merci beaucoup remercie remercions patience compréhension gêne retour cordialement bien bonne bon "
        "journée soirée plaisir vraiment sincèrement navré navrée navrés occasionnée équipe plaît",
    ),
    "es": _language(
        "yo me mí mi mis nosotros nosotras nos nuestro nuestra nuestros nuestras he estoy soy tengo puedo siento "
        "lamento quiero voy creo trabajo hemos estamos somos tenemos podemos sentimos lamentamos queremos vamos "
        "trabajamos agradezco agradecemos haré haremos avisaré avisaremos revisé revisamos pido pedimos",
        "a al algo antes así aunque bien cada como con contra cual cuando cuándo cuál cómo de del desde donde dónde "
        "durante e el ella ellas ellos en entre era eres es esa ese eso esta estaba este esto están está fue fueron "
        "ha han has hasta hay la las le les lo los más muy ni no o os otra otro para pero por porque qué que quien "
        "quién se sea ser si sido sin sobre son su sus sí también tan te tiene tienen todo todos tu tus tú un una uno "
        "usted ustedes y ya él",
        "hola buenos buenas días tardes noches estimado estimada querido querida perdón perdona perdone disculpa "
        "disculpe disculpas lamento sentimos siento lamentamos gracias muchas agradezco agradecemos favor paciencia "
        "comprensión molestias molestia inconveniente inconvenientes comentario comentarios saludos saludo mucho "
        "cordial equipo pena alegra",
    ),
    "nl": _language(
        "ik me mij mijn wij we ons onze",
        "aan al alle alleen als ben bij dan dat de deze die dit doen door dus een en er geen had hadden heb hebben "
        "hebt heeft hem het hier hij hoe hoeveel hun in is je jij jou jouw jullie kan kun kunnen kunt maar meer met na "
        "naar niet niets nog nu of om omdat ook op over te tegen toch toen tot u uit uw van voor waar waarom wanneer "
        "was wat welke werd wie wil word worden wordt zal ze zelf zich zij zijn zo zou",
        "hallo hoi hi hey dag beste goedemorgen goedemiddag goedenavond sorry excuses spijt spijtig vervelend pardon "
        "bedankt dank dankjewel dankuwel alsjeblieft alstublieft geduld begrip ongemak overlast feedback reactie "
        "groet groeten groetjes vriendelijke vriendelijk graag veel heel erg jammer fijn team wel",
    ),
    "it": _language(
        "io me mi mio mia miei mie noi ci nostro nostra nostri nostre ho sono posso voglio vorrei credo lavoro abbiamo "
        "siamo possiamo vogliamo vorremmo lavoriamo stiamo sto faccio facciamo ringrazio ringraziamo chiedo chiediamo "
        "controllo controlliamo",
        "a agli ai al alla alle anche ancora avete aveva c che chi come con cosa così cui d da dagli dai dal dalla "
        "dalle degli dei del della delle di dopo dove e ed era essere fa fatto fra gli ha hai hanno i il in l la le "
        "lei lo loro lui ma nei nel nella nelle non o ogni per perché più poi prima qual quale quali quando quanto "
        "quella quello questa questi questo qui sarà se senza si sia sta stata stato su sua sue sui sul sulla suo suoi "
        "te ti tra tu tua tuo tutti tutto un una uno vi voi vostra vostro è",
        "ciao salve buongiorno buonasera buona buon gentile caro cara scusa scusi scusate scuse scusiamo dispiace "
        "dispiaciuti spiace spiacenti grazie mille tante ringrazio ringraziamo prego favore pazienza comprensione "
        "disagio disagi inconveniente segnalazione saluti cordiali giornata serata molto davvero tanto staff team",
    ),
    "pt": _language(
        "eu me mim meu meus minha minhas nós nos nosso nossos nossa nossas estou sou tenho posso quero vou lamento "
        "sinto peço agradeço acho trabalho estamos somos temos podemos queremos vamos lamentamos sentimos pedimos "
        "agradecemos trabalhamos verifiquei verificamos farei faremos",
        "a ao aos aquela aquele aqui as até cada com como da das de dela dele depois do dos e ela ele eles em entre "
        "era essa esse esta este está estão eu foi foram há isso isto já lhe lo mais mas mesmo muito na nas nem no "
        "num numa não o onde os ou para pela pelas pelo pelos por porque por quando quanto que quem qual se sem ser "
        "seu seus sim sobre sua suas só são também tem ter teu teve tudo tua têm um uma você vocês vos à às é",
        "olá oi bom boa dia tarde noite prezado prezada caro cara desculpa desculpas desculpe perdão lamento sinto "
        "lamentamos sentimos obrigado obrigada obrigados agradeço agradecemos favor paciência compreensão transtorno "
        "transtornos incómodo incômodo inconveniente contato contacto retorno feedback abraço atenciosamente "
        "cumprimentos muita equipa equipe pena",
    ),
}
_JAPANESE_FIRST = _forms(
    "私 わたし わたくし 僕 ぼく 俺 弊社 当社 当店 弊店 我々 われわれ 自分 いたします 致します いたしました 致しました "
    "いたしており 致しており おります おりました 申します 申し上げ 拝見 伺い 承り"
)
_JAPANESE_POLITE = _forms(
    "申し訳ございません 申し訳ありません 申し訳 大変 ご迷惑 お掛け おかけ 失礼 すみません すいません ごめんなさい "
    "ありがとうございます ありがとう お世話になっております こんにちは こんばんは おはようございます お詫び 申し上げ "
    "よろしくお願い ご不便 この度は ご意見 ご連絡 貴重な いたします 致します しました します して おり を ご お"
)


def words(text: str) -> list[str]:
    """Return the words of a text, folded; scripts without spaces give pairs of neighbouring characters instead."""
    found: list[str] = []
    word, before = "", ""
    for character in [*fold(text), " "]:
        here = kind(character)
        if here == SPACELESS:
            if before == SPACELESS and not is_mark(character):
                found.append(word[-1] + character)
            elif word and before != SPACELESS:
                found.append(word)
            word = character
        elif here and before != SPACELESS:
            word += character
        else:
            if word and before != SPACELESS:
                found.append(word)
            word = character if here else ""
        before = here
    return found


def language_of(text: str) -> str | None:
    """Return the language of a text ("de"), or None where it is not clearly one of those that we know."""
    folded = fold(text)
    letters = [character for character in folded if character.isalpha()]
    kana = sum("\u3041" <= character <= "\u30ff" for character in letters)
    if kana > _SHARE * len(letters):
        return JAPANESE
    written = words(text)
    hits = sorted(
        (sum(word in one.first or word in one.small or word in one.polite for word in written), name)
        for name, one in LANGUAGES.items()
    )
    (second, _), (best, name) = hits[-2:]
    return name if best >= _ENOUGH and best > second and best >= _SHARE * len(written) else None


def speaks_in_person(text: str, language: str) -> bool:
    """Say whether somebody speaks of themselves: "I", "we", or how the language shows it without a pronoun."""
    if language == JAPANESE:
        return any(form in fold(text) for form in _JAPANESE_FIRST)
    return not LANGUAGES[language].first.isdisjoint(words(text))


def content(text: str, language: str) -> set[str]:
    """Return the words of a text that say what it is about."""
    if language == JAPANESE:
        folded = fold(text)
        for form in _JAPANESE_POLITE:
            folded = folded.replace(form, " ")
        return {pair for pair in words(folded) if not all("\u3041" <= letter <= "\u309f" for letter in pair)}
    one = LANGUAGES[language]
    known = one.first | one.small | one.polite
    return {word for word in words(text) if word not in known and (len(word) > 1 or word.isdigit())}


def subject(text: str) -> frozenset[str]:
    """Return the beginnings of the words that say what a post is about; in other languages, of all longer words."""
    language = language_of(text)
    about = content(text, language) if language else {word for word in words(text) if len(word) >= _SAME_BEGINNING}
    return frozenset(word[: _SAME_BEGINNING + 1] for word in about)


def share_a_word(one: set[str], other: set[str]) -> bool:
    """Say whether two sets of words meet, whatever ends they have: "refund" and "refunded" do."""
    if not one.isdisjoint(other):
        return True
    beginnings = {word[:_SAME_BEGINNING] for word in one if len(word) >= _SAME_BEGINNING}
    return any(word[:_SAME_BEGINNING] in beginnings for word in other if len(word) >= _SAME_BEGINNING)
