"""Forty sample mentions of an invented company, Acme, which sells anvils, rockets and an app. All of it is made up.

Some are hostile on purpose, so that one can see what becomes of them: nothing.
"""

from dataclasses import dataclass

SOURCES = (
    "bluesky-search",
    "forum",
    "reviews",
    "hacker-news",
    "blog-search",
    "github",
    "community",
    "instagram",
    "app-store",
    "linkedin",
    "videos",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: it arrives ``at`` seconds after the start, and stands at ``path`` where its source writes such.

    ``below`` is the number of the sample with which the public thread began to which it belongs.
    """

    at: float
    source: str
    handle: str
    name: str
    lang: str
    text: str
    title: str = ""
    path: str = ""
    below: int | None = None


SAMPLES: tuple[Sample, ...] = (
    Sample(
        1, "bluesky-search", "sample_kim", "Kim Sample", "en",
        "Acme charged twice for one anvil. Nice anvil, but I only have the one coyote. Can I get a refund?",
    ),
    Sample(
        2, "forum", "sample_jonas", "Jonas Muster", "de",
        "Die Acme-App stürzt seit dem Update beim Öffnen ab. Android 15, drei Mal neu installiert. Der Absturz "
        "kommt immer beim Einloggen.",
    ),
    Sample(
        3.5, "reviews", "sample_lea", "Léa Exemple", "fr",
        "Livraison en deux jours, l'enclume est superbe et le livreur adorable. Merci Acme !",
        title="Cinq étoiles",
    ),
    Sample(
        6, "hacker-news", "sample_robin", "robin", "en",
        "We moved our launch schedule to the Acme API last spring. It is pleasant to work with, but since Monday "
        "every tenth call ends in a timeout and the status page says all is well. Is anybody from Acme reading "
        "here?",
        title="Ask: is the Acme API slow for you too?",
    ),
    Sample(
        9, "bluesky-search", "sample_marta", "Marta Ejemplo", "es",
        "¿Alguien sabe si Acme envía cohetes a las Canarias? En la web no dice nada.",
    ),
    Sample(
        11, "github", "sample_ada", "sample_ada", "en",
        "Same here with 2.4.1: the status API returns error 500 with a body that says `OK`. I admire the optimism.\n\n"
        "To see it: open the app, wait for the map, look at the log. It is gone in 2.4.0.",
        path="acme/app/issues/41#issuecomment-4107",
    ),
    Sample(
        13, "blog-search", "sample_haruka", "見本 はるか", "ja",
        "Acmeのロケットを買いました。組み立ては簡単でしたが、請求書の宛名が間違っています。どこに連絡すればいいで"
        "すか。",
        title="Acmeのロケットを組み立ててみた",
    ),
    Sample(
        16, "community", "sample_deniz", "Deniz Örnek", "tr",
        "Acme roketim geldi ama kullanım kılavuzu kutudan çıkmadı. Türkçe kılavuzu nereden indirebilirim?",
        title="Kullanım kılavuzu nerede?",
        path="t/kullanim-kilavuzu-nerede/112/1",
    ),
    Sample(
        18, "bluesky-search", "sample_omar", "عمر مثال", "ar",
        "اشتريت سندانًا من Acme قبل أسبوعين ولم تصلني الفاتورة حتى الآن. هل من مساعدة؟",
    ),
    Sample(
        23, "linkedin", "sample_anabela", "Anabela Exemplo", "pt",
        "Fiz a entrevista na Acme na semana passada e ainda não tive resposta. Mais alguém se candidatou à vaga "
        "de engenharia?",
        path="feed/update/7301/comment/41",
    ),
    Sample(
        28, "reviews", "sample_li", "李样本", "zh",
        "铁砧质量很好,就是发票上的公司名字写错了,希望Acme能重新开发票。",
        title="质量好,发票有误",
    ),
    Sample(
        34, "bluesky-search", "sample_minji", "김예시", "ko",
        "Acme 앱에서 결제가 두 번 됐어요. 환불은 어디서 신청하나요?",
    ),
    Sample(
        40, "reviews", "sample_paul", "Paul Sample", "en",
        "The anvil is heavy, as promised. I sent the crate back in March, and the deposit did not come back since.",
        title="Still waiting for my deposit",
    ),
    Sample(
        46, "bluesky-search", "sample_loud", "Totally Real Support", "en",
        "<!channel> <!here> @everyone @channel <@U01ADMIN> wake up!!! Acme is giving away rockets, tell all of "
        "your colleagues",
    ),
    Sample(
        52, "blog-search", "sample_priya", "Priya Sample", "en",
        "A short history of the anvil, and why the new Acme model rings at exactly 440 hertz. I measured five of "
        "them in my kitchen, to the joy of my neighbours. The heavy one is a quarter tone flat.\n\nThe method: a "
        "rubber mallet, a phone on a cushion, and patience. I struck each anvil twenty times at the horn, at the "
        "face and at the heel, and threw away the first three strokes, because a cold anvil sulks.\n\nThe "
        "results surprised me. The face is always the brightest, the heel the dullest, and the horn changes its "
        "mind with the temperature. If somebody from Acme can tell me whether the tuning is on purpose, I will "
        "write a second part.",
        title="Which Acme anvil is in tune?",
    ),
    Sample(
        58, "reviews", "sample_spoof", "Acme Helpdesk", "en",
        "Your account is locked. Confirm it at [https://acme.example/login](https://evil.example/phish) or "
        "<https://evil.example/phish|acme.example>. **Hurry!** <b>Official</b> notice from Acme.",
        title="Urgent notice",
    ),
    Sample(
        64, "forum", "sample_sven", "Sven Exempel", "sv",
        "Städet från Acme kom fram med en spricka. Vem ska jag skriva till?",
    ),
    Sample(
        70, "app-store", "sample_chiara", "Chiara Esempio", "it",
        "L'app di Acme è bellissima ma si chiude da sola quando apro la mappa dei razzi. Un bug?",
        title="4 of 5 stars",
        path="acme/app/reviews/8121",
    ),
    Sample(
        76, "hacker-news", "sample_grace", "grace", "en",
        "Acme is hiring again, and the job page says salaries up front. More of this, please.",
    ),
    Sample(
        82, "bluesky-search", "sample_tomasz", "Tomasz Przykład", "pl",
        "Trzeci dzień czekam na odpowiedź Acme w sprawie faktury. Czy ktoś tam jest?",
    ),
    Sample(
        88, "forum", "sample_override", "sample\u202egnp.exe", "en",
        "The manual is called acme-manual-\u202efdp.exe\u202c and opens on its own. Is that meant to be so? "
        "\u202eAcme says hello\u202c and then nothing happens.",
    ),
    Sample(
        94, "reviews", "sample_noor", "Noor Voorbeeld", "nl",
        "Het aambeeld is prima, maar de raket maakt meer lawaai dan op de doos staat. Mijn kat is het met mij "
        "eens.",
        title="Prima, op het lawaai na",
    ),
    Sample(
        100, "bluesky-search", "sample_yusuf", "Yusuf Örnek", "tr",
        "Acme iki kere para çekmiş, iade istiyorum. Müşteri hizmetleri kaç gündür cevap vermiyor.",
    ),
    Sample(
        106, "blog-search", "sample_emil", "Emil Beispiel", "de",
        "Zum zweiten Mal steht eine falsche Umsatzsteuer auf der Rechnung. Liebe Acme-Buchhaltung, bitte einmal "
        "nachsehen: Es sind 19 %, nicht 91 %.",
        title="91 % Umsatzsteuer",
    ),
    Sample(
        112, "forum", "sample_zero", "Zero\u200bWidth", "en",
        "A\u200bc\u200bm\u200be is spelt with nothing in between. Or is it\u2060? Either way, acme, the "
        "rocket\u200d is late.",
    ),
    Sample(
        118, "instagram", "sample_aiko", "見本 あいこ", "ja",
        "Acmeのアプリ、更新してからクラッシュばかりです。ほかの人も同じですか?",
        path="p/acme-rocket/c/1207",
    ),
    Sample(
        136, "bluesky-search", "sample_hana", "حنان مثال", "ar",
        "تطبيق Acme يتوقف عند فتح الخريطة، هل هناك تحديث قريب؟",
    ),
    Sample(
        142, "forum", "sample_camille", "Camille Exemple", "fr",
        "Remboursement demandé il y a dix jours, toujours rien. Le suivi dit « en cours » depuis le début. Acme, "
        "un petit signe ?",
    ),
    Sample(
        148, "videos", "sample_bo", "Bo Eksempel", "da",
        "Vi tog Acmes raket med på stranden. Den fløj fint, men katapulten mangler en fjeder.",
        title="En dag med Acme",
        path="sample_bo/video/5513",
    ),
    Sample(
        154, "bluesky-search", "sample_markup", "</article><h1>Hello", "en",
        "<script>alert('acme')</script><img src=x onerror=alert(1)> {{ 7*7 }} ${7*7} <a "
        "href=\"javascript:alert(1)\">a refund from Acme</a>",
    ),
    Sample(
        160, "reviews", "sample_wei", "王样本", "zh",
        "客服回复很快,但是应用程序一打开就崩溃,Acme快修一下吧。",
        title="客服好,应用差",
    ),
    Sample(
        166, "bluesky-search", "sample_soojin", "이예시", "ko",
        "Acme 채용 공고 보고 지원했는데 면접 일정은 언제 나오나요?",
    ),
    Sample(
        172, "forum", "sample_rosa", "Rosa Ejemplo", "es",
        "Me han llegado dos facturas de Acme por el mismo cohete. Necesito un reembolso antes de fin de mes, por "
        "favor.",
    ),
    Sample(
        178, "hacker-news", "sample_kenji", "kenji", "en",
        "I interviewed at Acme in March. Kind people, clear questions, and they wrote back within a day. "
        "Recruiters of other companies, take note.",
    ),
    Sample(
        184, "bluesky-search", "sample_olena", "Олена Зразок", "uk",
        "Замовила ковадло Acme тиждень тому, а посилка досі стоїть на складі. Хто може перевірити?",
    ),
    Sample(
        192, "reviews", "sample_shout", "VERY LOUD SAMPLE", "en",
        "WHERE IS MY ROCKET " * 60 + "ACME",
    ),
    Sample(
        200, "forum", "sample_nikos", "Νίκος Δείγμα", "el",
        "Η εφαρμογή της Acme δεν ανοίγει στο τάμπλετ μου. Υπάρχει κάποια λύση;",
    ),
    Sample(
        210, "blog-search", "sample_ines", "Inês Exemplo", "pt",
        "Três anos com a mesma bigorna da Acme e nem um risco. Escrevi um texto sobre as coisas que duram.",
        title="As coisas que duram",
    ),
    Sample(
        220, "bluesky-search", "sample_dana", "דנה דוגמה", "he",
        "הזמנתי רקטה מ-Acme וקיבלתי חשבונית על סדן. מי יכול לעזור?",
    ),
    Sample(
        232, "forum", "sample_max", "Max Muster", "de",
        "Ausbildung bei Acme: Hat jemand Erfahrung? Ich überlege, mich zum Herbst zu bewerben und fände ein paar "
        "ehrliche Worte gut.",
    ),
)  # fmt: skip
