"""Words and letters by which languages are told apart, and abbreviations that do not end a sentence.

Short words of everyday and legal use, chosen by hand; the weights were set on the news sentences of NTREX-128, whole
and cut to their first words.
"""

from __future__ import annotations

__all__ = ["CLOSING_ABBREVIATIONS", "FUNCTION_WORDS", "LATIN_LETTERS", "OPEN_ABBREVIATIONS"]

# Never the last word of a sentence: a number or a name follows.
OPEN_ABBREVIATIONS = """
mio mrd д ст ст.ст п пп ч чч гл разд абз подп подпунк прил рис табл см ср напр им акад проф доц д-р гр гос г-н г-жа
ул пр просп пер пл наб бул корп кв оф обл р-н пос дер с стр т тт тел вып изд отв ред сост авт о-в кол-во т.е т.н т.к
т.о т.ч в.т.ч и.о врио зам нач пред мин макс ок около св млн млрд тыс м вул буд р-ну див наприклад ім п.п підп mr
mrs ms dr prof st sr jr messrs hon rev gen col lt capt sgt gov sen rep art arts art.s sec secs para paras par no nos
vol vols pp p ch chap fig figs tab ed eds cf vs v viz e.g i.e eg ie approx ca al dept res doc docs reg dir app jan
feb mar apr jun jul aug sep sept oct nov dec abs nr nrn z.b z d.h d u.a u bzw vgl gem evtl ggf sog z.t i.d.r i.v.m
i.s.d lit ziff kap abschn anm bd hrsg dipl fr hr hl str tel bspw insb einschl entspr allg bes o.g s.o s.u m mm mme
mmes mlle mlles me pr rés n° fasc éd env p.ex ex ste sra srta srs dra dña núm núms pág págs cap caps ee p.ej ej
aprox av avda c lic ing sig sigg dott avv artt n nn pag pagg lett es ust pkt poz dn dz tj tzn np ul im mgr inż rozdz
pan ir plg žr t.y red sk piem nod lpp lk nt vt jne lg
"""

# May end a sentence where a capital follows: «и т.д.», "p.m.", "usw.".
CLOSING_ABBREVIATIONS = """
г гг в вв т.д т.п др пр руб коп долл экз чел тыс.руб н.э обл р д.п etc a.m p.m inc ltd co corp usw usf o.ä ff f jh
jhd eur ect ej uu м т.ін ін грн крб рр kt pan pn tt jt utt ж жж т.б
"""

# The commonest short words of each language, those of law and daily trouble among them.
FUNCTION_WORDS: dict[str, str] = {
    "ru": """
        и в во не что на я с со как а то это по к но из у за от о об для или если при до мы вы где куда кто
        когда также их его которые есть нет можно нужно чтобы уже ли был была было быть все права прав право
        жалоба жалобу жаловаться пенсия пенсии гражданство гражданства соотечественники соотечественников
        резолюция статья закон закона суд суда школа языка язык паспорт ребёнок ребенок виза апостиль
        консульство помощь обращение
    """,
    "uk": """
        і й та в у не що на я з із зі як а то це по до але від про для або якщо при за ми ви де куди хто
        коли також їх його які є немає можна треба щоб вже чи був була було бути всі права прав право мене
        скарга скаргу скаржитися заява заяву подати роботодавець роботодавця мова мови мову громадянство
        громадянина школа суд суду допомога консульство дитина звернення пенсія паспорт
    """,
    "be": """
        і й ў у не што на я з са як а то гэта па да але ад пра для або калі пры за мы вы дзе куды хто
        таксама іх яго якія ёсць няма можна трэба каб ужо ці быў была было быць усе права правы скарга мова
        мовы грамадзянства школа суд дапамога
    """,
    "bg": """
        и в не че на аз с със как а то това по до но от за или ако при ние вие къде кой кога също им му
        които е са няма може трябва да се вече ли бил била било бъде всички права право си ще жалба жалбата
        подам език езика молба помощ съд съда дете работодател българия
    """,
    "sr": """
        и у не да на ја са како а то ово по до али од за или ако при ми ви где куда ко када такође њих који
        је су нема може треба се већ ли био била било бити сви права право
    """,
    "mk": """
        и во не дека на јас со како а тоа ова по до но од за или ако при ние вие каде кој кога исто кои е се
        нема може треба да веќе ли бил била било сите права право
    """,
    "kk": """
        мен сен ол біз және бұл қалай қайда не үшін бар жоқ керек бойынша туралы осы бір болып мүмкін емес
        құқық құқығы құқықтары тіл тілі мектеп заң заңы азаматтық шағым шағымдану көмек бала сот жұмыс
        мемлекет зейнетақы
    """,
    "ky": """
        мен сен ал биз жана бул кантип кайда эмне үчүн бар жок керек боюнча жөнүндө ушул бир болуп мүмкүн
        эмес укук тил мектеп мыйзам жарандык арыз жардам бала сот иш мамлекет
    """,
    "mn": """
        би чи тэр бид ба бөгөөд энэ яаж хаана юу нь байна байгаа хэрэгтэй тухай эсвэл болон улсын эрх хүний
        хэл сургууль хууль иргэн гомдол тусламж хүүхэд ажил
    """,
    "en": """
        the of and to in is that for it as was with on by are be this from or an at which have has not their
        its but they will would should can may what where when who how if my do does i am you we your any
        shall rights right about there were been after before discrimination citizenship passport court law
        school language complaint complain consulate pension article resolution residence permit child help
        appeal
    """,
    "de": """
        der die das und in zu den ist von mit nicht für auf des im ein eine dem sich auch es an werden aus
        er hat dass sie nach bei wird oder einer um am sind noch wie einem über so zum war haben nur wenn
        was ich wer wo kann mein meine muss rechte recht gegen diskriminierung konsulat schule sprache
        beschwerde staatsangehörigkeit gericht rente pass aufenthalt kind hilfe arbeit gesetz artikel klage
    """,
    "fr": """
        de la le et les des en un du une que est pour qui dans au par sur pas plus ce se ne aux avec il sont
        ou cette ont mais comme leur nous être elle je on mon ma mes si où comment quand droits droit peut
        faire vous quels quelles à été plainte école langue nationalité tribunal retraite passeport consulat
        enfant aide travail loi résolution porter
    """,
    "es": """
        de la que el en y los del se las por un para con una su al es lo como más o pero sus le ha me si sin
        sobre este ya entre cuando todo esta ser son dos también fue era muy hasta desde mi qué cómo dónde
        quién puedo derechos derecho no denuncia escuela idioma ciudadanía nacionalidad tribunal pensión
        pasaporte consulado niño ayuda trabajo ley resolución discriminación
    """,
    "it": """
        di e il la che in a per un è del non con le si i da una al sono dei della nel come alla più ma anche
        o gli lo se ha delle suo mi chi dove quando cosa questo diritti diritto essere degli denuncia scuola
        lingua cittadinanza tribunale pensione passaporto consolato bambino aiuto lavoro legge risoluzione
    """,
    "pt": """
        de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua
        ou quando muito nos já eu também só pelo pela até isso são é meu direitos direito foi ser queixa
        escola língua cidadania tribunal pensão passaporte consulado criança ajuda trabalho lei resolução
    """,
    "pl": """
        i w na z do się nie że to jest o za od po jak ale przez dla lub czy oraz co tak być które który przy
        ze już może są jego gdzie kto kiedy jeśli prawa prawo mam ich był było skarga szkoła język
        obywatelstwo sąd emerytura paszport konsulat dziecko pomoc praca ustawa uchwała
    """,
    "lv": """
        un ir uz no ar par ka kas lai vai pie pēc bet arī kā to tiek nav ja es viņš tas šo šī bija līdz kur
        kad mani tiesības jau var kuri gan sūdzība sūdzēties skola valoda valodas pilsonība tiesa pensija
        pase konsulāts bērns palīdzība darbs likums
    """,
    "lt": """
        ir į iš su yra kad tai ar bet kaip už apie nuo iki per prie jis jie buvo taip pat kur kas kai ne
        mano teisės teisę gali jei dėl po šis kurie būti savo skundas skųstis kreiptis mokykla kalba kalbos
        pilietybė teismas pensija pasas konsulatas vaikas pagalba darbas įstatymas
    """,
    "et": """
        ja on ei et see kui oma ka ning mis kes või aga kus seda selle mida siis nii üle kas ma mul minu
        õigus õigused saab pärast oli olid kuidas kuhu tema kaebus kaebata kool keel keele kodakondsus kohus
        pension pass konsulaat laps abi töö seadus
    """,
    "fi": """
        ja on ei että se hän oli ovat joka mutta kun myös tai kuin sen jos mitä missä minä ole voi olla tämä
        niin mukaan jälkeen oikeus oikeudet minun kanssa valitus koulu kieli kansalaisuus tuomioistuin eläke
        passi konsulaatti lapsi apu työ laki
    """,
    "sv": """
        och i att det som en på är av för med den till inte om ett han var de sig från vi så men kan har jag
        vad hur när eller ska rättigheter också efter
    """,
    "da": """
        og i at det som en på er af for med den til ikke om et han var de sig fra vi så men kan har jeg hvad
        hvor når eller skal rettigheder også efter blev
    """,
    "no": """
        og i at det som en på er av for med den til ikke om et han var de seg fra vi så men kan har jeg hva
        hvor når eller skal rettigheter også etter ble
    """,
    "nl": """
        de het een van en in is dat op te zijn met voor niet aan er om ook als bij maar hij door uit nog wat
        waar wie hoe naar kan mijn ik deze rechten recht worden wordt hebben werd over
    """,
    "cs": """
        a se na v že je to s z do i o k pro ale jako za by po jsou které který jak od nebo když tak při jeho
        také kde kdo co práva právo mám bylo byl jsem až
    """,
    "sk": """
        a sa na v že je to s z do i o k pre ale ako za by po sú ktoré ktorý od alebo keď tak pri jeho tiež
        kde kto čo práva právo mám bolo bol som až
    """,
    "sl": """
        in je na v da se za so z s ki pa ne kot tudi po od bi do ali če še kje kdo kaj pravice pravico lahko
        bil bilo
    """,
    "hr": """
        i je u na se da za su od s a kao koji ne što o ili iz će ali po do bi kako gdje tko kada prava pravo
        može nije bio bilo
    """,
    "hu": """
        a az és hogy nem is egy ez van meg csak de már ha mint volt vagy azt kell lehet hol ki mit hogyan
        jogok jog nincs után által
    """,
    "ro": """
        și de în la a cu pe nu că din care o un este pentru să mai au se sau dar ca prin fost lui unde cine
        ce cum când drepturi dreptul sunt după ale
    """,
    "tr": """
        ve bir bu da de için ile çok daha ne gibi var olarak kadar sonra değil mi ama en o nasıl nerede kim
        ben hakları hakkı olan olduğu ya veya tarafından
    """,
    "az": """
        və bir bu da də üçün ilə çox daha nə kimi var olaraq qədər sonra deyil amma o necə harada kim mən
        hüquqları hüququ olan olduğu ya tərəfindən ki isə
    """,
    "uz": """
        va bir bu ham uchun bilan ko'p nima kabi bor emas qanday qayerda kim men huquqlari huquqi bo'lgan
        yoki tomonidan keyin edi o'zbekiston
    """,
    "sq": """
        e të në dhe i një për me që nga është si nuk më ka se por ose kur ku kush çfarë drejtat janë ishte
        do
    """,
    "vi": """
        và của là có không được cho trong với các một những này để người khi đã tôi như thế nào ở đâu quyền
    """,
    "id": """
        yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena bisa ada oleh hak
        apa mana bagaimana
    """,
    "tl": """
        ang ng sa na at mga ay ito hindi ko para ako siya paano saan karapatan
    """,
    "sw": """
        ya na wa kwa ni katika la za kuwa hii haki cha kama vya
    """,
}

# Language, letters, and the weight of one word that has such a letter.
LATIN_LETTERS: tuple[tuple[str, str, float], ...] = (
    ("et", "õ", 0.5),
    ("de", "ß", 3.0),
    ("de", "[äöü]", 0.4),
    ("et", "[äöü]", 0.4),
    ("fi", "[äö]", 0.4),
    ("sv", "[åäö]", 0.4),
    ("da", "[æøå]", 0.9),
    ("no", "[æøå]", 0.9),
    ("lv", "[āēīņļķģ]", 1.5),
    ("lt", "[ėįųū]", 1.5),
    ("lt", "[ąęšž]", 0.5),
    ("lv", "[šžč]", 0.4),
    ("pl", "[łżźśćńąęó]", 0.8),
    ("pl", "ł|ż|ź", 1.5),
    ("cs", "[řěů]", 2.0),
    ("cs", "[čšžýáíé]", 0.4),
    ("sk", "[ľĺŕôä]", 0.6),
    ("sk", "[čšžýáíé]", 0.35),
    ("hu", "[őű]", 2.0),
    ("hu", "[áéíóöü]", 0.4),
    ("ro", "[șțăşţ]", 1.5),
    ("tr", "[ğış]", 1.2),
    ("az", "ə", 3.0),
    ("az", "[ğış]", 1.0),
    ("es", "[ñ¿¡]", 2.0),
    ("es", "[áéíóú]", 0.4),
    ("pt", "[ãõ]", 1.5),
    ("pt", "[áéíóúâêôç]", 0.4),
    ("fr", "[èêëîïûœç]", 0.7),
    ("fr", "[éàù]", 0.4),
    ("it", "[àèìòù]", 0.5),
    ("sl", "[čšž]", 0.4),
    ("hr", "[đć]", 0.8),
    ("hr", "[čšž]", 0.35),
    ("vi", "[ơưđạảấầẩậắằếềểệốồổộớờởợụủứừửựỉịọỏ]", 2.5),
    ("sq", "[ëç]", 0.6),
    ("uz", "[og]['ʻ‘’]", 1.0),
)
