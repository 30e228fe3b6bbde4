import { ending as e, gap, near, rule } from './injection-rule.ts';
import { address, conceal, later, leak, memory, override, quiet, user } from './injection-rule-kinds.ts';
import type { InjectionRule } from './injection-rule.ts';

import { germanic, romance } from './injection-rules-europe.ts';

/* Slavic languages and those of Asia. Stems only, in the plain form: `ё` is `е`, Arabic without its points. */

const slavic: readonly InjectionRule[] = [
  override(
    'pl',
    'zignoruj|ignoruj|zapomnij|pomin|nie stosuj|zlekcewaz|odrzuc',
    `${e} ${gap(3)}(?:wszystki|poprzedni|wczesniejsz|powyzsz|dotychczasow|swoich)${e} ${gap(2)}(?:instrukcj|polecen|wytyczn|zasad|regul|polece)`,
  ),
  conceal(
    'pl',
    'nie mow|nie informuj|nie wspominaj|nie ujawniaj|nie powiadamiaj|nie zdradzaj|bez informowania|bez wiedzy|bez powiadamiania|nie pokazuj',
    `${e} ${gap(5)}uzytkowni`,
  ),
  leak(
    'pl',
    'wyslij|wyslac|przeslij|przekaz|opublikuj|skopiuj|dolacz|udostepnij',
    `${e} ${gap(7)}(?:hasl|token|klucz|poswiadcze|dane logowania|dane klient|liste klient)`,
  ),
  quiet('pl', 'bez', ` ${gap(2)}(?:potwierdzeni|zgody|zatwierdzeni|akceptacji)`),
  address(
    'pl',
    'do asystenta|uwaga|notatka dla|instrukcja dla|instrukcje dla|wiadomosc dla',
    `,?:? ?${gap(2)}(?:ai\\b|asystent|sztuczn|modelu jezykow|agent[ao]?w? ai)`,
  ),
  override('cs', 'ignoruj|zapomen|nevsimej si', `${e} ${gap(3)}(?:predchozi|vsechny|vyse)${e} ${gap(2)}(?:pokyn|instrukc|prikaz|pravid)`),
  conceal('cs', 'nerikej|neinformuj|nezminuj|bez vedomi|bez upozorneni', `${e} ${gap(4)}uzivatel`),
  override(
    'ru',
    'игнорируй|игнорируйте|проигнорируй|проигнорируйте|забудь|забудьте|не обращай внимания на|не обращайте внимания на|отмени|отмените|не следуй|не выполняй',
    `${e} ${gap(3)}(?:предыдущ|прежн|выше|ранее|прошл|все|системн|исходн|любые)${e} ${gap(3)}(?:инструкц|указани|команд|правил|распоряжен|промпт)`,
  ),
  conceal(
    'ru',
    'не говори|не говорите|не сообщай|не сообщайте|не упоминай|не упоминайте|не рассказывай|не раскрывай|не показывай|не уведомляй|не уведомляйте|без ведома|не информируй|без уведомления|не сообщая|не уведомляя',
    `${e} ${gap(5)}пользовател`,
  ),
  leak(
    'ru',
    'отправь|отправьте|отправить|перешли|перешлите|вышли|скопируй|передай|загрузи|пришли',
    `${e} ${gap(7)}(?:парол|токен|ключ|учетные данные|секрет|данные клиент|список клиент|базу клиент)`,
  ),
  quiet('ru', 'без', ` ${gap(2)}(?:подтвержден|согласован|разрешен|одобрен)`),
  address(
    'ru',
    'для|внимание|инструкция для|сообщение для|указание для',
    `,?:? ${gap(1)}(?:ии\\b|ии-|ассистент|языков[а-я]{1,3} модел|нейросет|искусственн|бота\\b)`,
    true,
  ),
  override(
    'uk',
    'ігноруй|ігноруйте|проігноруй|проігноруйте|забудь|забудьте|не зважай на|не зважайте на|не виконуй',
    `${e} ${gap(3)}(?:попередн|усі|всі|вище|раніше|системн)${e} ${gap(3)}(?:інструкц|вказівк|команд|правил|настанов|розпорядж)`,
  ),
  conceal(
    'uk',
    'не кажи|не кажіть|не повідомляй|не повідомляйте|не згадуй|не згадуйте|не розповідай|не розкривай|без відома|не показуй|не інформуй',
    `${e} ${gap(5)}користувач`,
  ),
  leak(
    'uk',
    'надішли|надішліть|надіслати|перешли|перешліть|скопіюй|передай|відправ',
    `${e} ${gap(7)}(?:парол|токен|ключ|облікові дані|секрет|дані клієнт|список клієнт)`,
  ),
];

const others: readonly InjectionRule[] = [
  user(
    'de',
    'ignorier|ignoriere|ignorieren sie|vergiss|missachte',
    ` ${gap(2)}(?:frage|wunsch|auftrag|anliegen|bitte|anweisung)${e} (?:des|deines|der|vom) (?:benutzer|nutzer|anwender)`,
  ),
  user('es', 'ignora|ignore|olvida|olvide', ` (?:lo que |la pregunta |la peticion |las instrucciones )${gap(4)}usuario`),
  user('fr', 'ignore|ignorez|oublie|oubliez', ` (?:ce que |la question |la demande |les instructions )${gap(3)}(?:l'|de l')?utilisat`),
  user('pt', 'ignore|ignora|esqueca', ` (?:o que |a pergunta |o pedido |as instrucoes )${gap(3)}(?:usuari|utilizador)`),
  user('it', 'ignora|ignori|dimentica', ` (?:quello che |cio che |la domanda |la richiesta |le istruzioni )${gap(3)}(?:l'|dell')?utente`),
  memory('zh', '写入|寫入|保存到|存入|记入|記入|记住', `${near(6)}(?:长期记忆|長期記憶|记忆|記憶)`),
  memory('ja', '長期記憶|メモリ|記憶', `${near(6)}(?:保存し|書き込|記録し|覚え)`),
  memory('de', 'speichere|merke|notiere|schreibe', ` ${gap(6)}(?:gedachtnis|langzeitgedachtnis|dauerhaft)`),
  later('zh', '当用户|當用戶|每当用户|凡是用户|等用户|以后用户', `${near(12)}(?:说|問|问|回复|写|输入|答|询问)`),
  later('ar', 'عندما يكتب المستخدم|عندما يقول المستخدم|اذا كتب المستخدم|اذا قال المستخدم|عندما يسال المستخدم', ''),
  later('de', 'wenn der nutzer|wenn der benutzer|sobald der nutzer|sobald der benutzer', ` ${gap(4)}(?:schreibt|sagt|antwortet|fragt)`),
  later('ru', 'когда пользователь|как только пользователь|если пользователь', ` ${gap(2)}(?:напишет|скажет|ответит|спросит|поблагодарит)`),
  quiet('zh', '无需确认|無需確認|不需要确认|不必确认|无需批准|无需审批|未经确认', '', true),
  quiet('ja', '確認する必要はありません|確認は不要|確認せずに|承認なしで|承認は不要|確認なしで', '', true),
  quiet('hi', 'बिना किसी पुष्टि|बिना पुष्टि|बिना अनुमति|बिना पूछे', '', true),
  quiet('ar', 'دون تاكيد|بدون تاكيد|دون موافقه|بدون موافقه|دون الرجوع', '', true),
  quiet('tr', 'onay almadan|onay istemeden|onaysiz|onay adimlari', '', true),
  quiet('ko', '확인 없이|승인 없이|확인할 필요', '', true),
  rule(
    ['before-any-tool-ja', 'wants to come before every other tool', 2],
    '使う前に|呼び出す前に|使用する前に|実行する前に',
    `${near(8)}(?:このツール|本ツール|必ず)`,
    { inside: true },
  ),
  override(
    'tr',
    'onceki|yukaridaki|tum|butun|daha onceki|mevcut',
    `${e} ${gap(3)}(?:talimat|yonerge|komut|kural|yonlendirme)${e}${e} ${gap(3)}(?:yok say|gormezden gel|unut|dikkate alma|goz ardi|gecersiz|onemseme|uyma)`,
  ),
  conceal(
    'tr',
    'kullanici|kullanicinin',
    `${e} ${gap(4)}(?:soyleme|bildirme|bahsetme|haber verme|belirtme|gosterme|acikla?ma|haberi olma|fark etme|bilgi verme)`,
  ),
  conceal('tr', 'kullanicinin haberi olmadan|kullaniciya bildirmeden|kullaniciya soylemeden|kullaniciya sormadan', ''),
  leak(
    'tr',
    'sifre|parola|api anahtar|token|kimlik bilgi|musteri liste|erisim anahtar',
    `${e}${e} ${gap(6)}(?:gonder|ilet|yolla|paylas|yukle|kopyala)`,
  ),
  override('el', 'αγνοησ|ξεχασ|παραβλεψ', `${e} ${gap(3)}(?:προηγουμεν|ολες|παραπανω)${e} ${gap(2)}(?:οδηγι|εντολ|κανον)`),
  override('id', 'abaikan|lupakan', ` ${gap(3)}(?:instruksi|perintah|aturan|petunjuk) ${gap(2)}(?:sebelumnya|di atas|sistem|awal)`),
  conceal(
    'id',
    'jangan beri tahu|jangan beritahu|jangan katakan|jangan sebutkan|tanpa memberi tahu|tanpa memberitahu|tanpa sepengetahuan',
    ` ${gap(4)}pengguna`,
  ),
  override('vi', 'bo qua|quen|phot lo', ` ${gap(3)}(?:huong dan|chi dan|lenh|chi thi|quy tac) ${gap(3)}(?:truoc|o tren|ban dau|he thong)`),
  conceal('vi', 'khong noi|dung noi|khong bao|dung bao|khong thong bao|khong cho|ma khong', ` ${gap(4)}nguoi dung`),
  override(
    'ar',
    'تجاهل|تجاهلي|تجاهلوا|انس|اهمل|لا تتبع|تخط',
    ` ${gap(3)}(?:ال|ل|لل)?(?:تعليمات|اوامر|ارشادات|توجيهات|قواعد)${e} ?${gap(2)}(?:السابق|اعلاه|السالف|الاصلي|المسبق|النظام)`,
  ),
  conceal(
    'ar',
    'لا تخبر|لا تذكر|دون اخبار|بدون اخبار|لا تبلغ|دون علم|لا تكشف|دون ابلاغ|لا تقل|دون ان يعلم|ولا تخبر',
    `${e} ?${gap(4)}[^ .\\n]{0,3}مستخدم`,
    true,
  ),
  leak(
    'ar',
    'ارسل|ارسلي|ارسال|حول|انسخ|انشر|ارفق',
    `${e} ${gap(7)}[^ .\\n]{0,3}(?:كلمه المرور|كلمات المرور|كلمه السر|رمز|رموز|مفتاح|مفاتيح|بيانات|قائمه العملاء)`,
  ),
  override(
    'he',
    'התעלם|התעלמי|התעלמו|תתעלם|שכח|תשכח|להתעלם',
    ` ${gap(2)}[^ .\\n]{0,2}(?:הוראות|הנחיות|פקודות|כללים) ${gap(2)}(?:ה?קודמות|לעיל|שניתנו|ה?מערכת|הקודם)`,
  ),
  conceal(
    'he',
    'אל תספר|אל תגיד|אל תאמר|אל תציין|אל תזכיר|בלי לספר|מבלי לספר|בלי ליידע|מבלי ליידע|אל תיידע|אל תחשוף|אל תודיע|בלי להודיע|מבלי להודיע|ואל תספר|ללא ידיעת',
    `${e} ${gap(4)}[^ .\\n]{0,2}משתמש`,
    true,
  ),
  leak('he', 'שלח|שלחי|תשלח|לשלוח|העבר|העתק|פרסם', `${e} ${gap(7)}[^ .\\n]{0,2}(?:סיסמ|אסימון|מפתח|פרטי הגישה|פרטי גישה|רשימת הלקוחות)`),
  override(
    'hi',
    'पिछले|पिछली|पहले के|सभी|उपरोक्त|ऊपर|पूर्व',
    ` ${gap(3)}(?:निर्देश|आदेश|नियम|हिदायत|अनुदेश)${e} ${gap(3)}(?:अनदेखा|नजरअंदाज|नजरंदाज|भूल|इग्नोर|उपेक्षा|न मान|मत मान)`,
  ),
  conceal(
    'hi',
    'उपयोगकर्ता|यूजर|उपभोक्ता',
    `${e} ${gap(5)}(?:न बता|मत बता|ना बता|नहीं बता|सूचित न|न कह|मत कह|सूचित किए बिना|बताए बिना|बिना बताए|न दें|मत दें|पता न)`,
  ),
  leak('hi', 'पासवर्ड|टोकन|एपीआई कुंजी|api कुंजी|गोपनीय|ग्राहक सूची|ग्राहकों की सूची', `${e} ${gap(7)}(?:भेज|साझा|अपलोड|फॉरवर्ड)`),
  override(
    'zh',
    '忽略|无视|無視|忘记|忘掉|忘記|不要理会|不要遵循|不必理会|不再遵守|请勿遵守|取代',
    `${near(10)}(?:之前|以前|先前|前面|以上|上述|上面|此前|所有|原有|系统|系統|一切)${near(8)}(?:指令|指示|提示|规则|規則|命令|设定|設定|限制)`,
    true,
  ),
  conceal(
    'zh',
    '不要告诉|不要告訴|别告诉|別告訴|请勿告知|勿告知|不要告知|不要向|不得告知|不得向|不要让|不要讓|不要提及|无需告知|無需告知|瞒着|不要通知|不要跟',
    `${near(8)}(?:用户|用戶|使用者)`,
    true,
  ),
  leak(
    'zh',
    '发送|發送|发到|转发|轉發|上传|上傳|发给|寄到|提交|传送|將|把|将',
    `${near(14)}(?:密码|密碼|密钥|密鑰|凭证|憑證|令牌|token|口令|客户名单|客戶名單|客户数据|访问密钥)`,
    true,
  ),
  address(
    'zh',
    'ai助手|ai 助手|人工智能助手|人工智慧助理|ai 助理|ai助理|语言模型|語言模型|大模型',
    `${near(4)}(?:请|請|必须|必須|注意|应|應|:|,)`,
    true,
  ),
  override(
    'ja',
    '以前の|これまでの|前の|上記の|すべての|全ての|今までの|先ほどの|システムの|既存の|元の',
    `${near(10)}(?:指示|命令|ルール|指令|プロンプト|制約|設定)${near(8)}(?:無視|忘れ|破棄|従わ)`,
    true,
  ),
  conceal(
    'ja',
    'ユーザー|ユーザ|利用者|使用者',
    `${near(14)}(?:伝えな|言わな|知らせな|教えな|報告しな|明かさ|気づかれ|話さな|知られ|告げ|内緒|伝えず|知らせず|言わず|伝えては|触れな|見せな)`,
    true,
  ),
  leak(
    'ja',
    'パスワード|apiキー|api キー|トークン|認証情報|秘密鍵|顧客リスト|顧客データ|アクセスキー',
    `${near(20)}(?:送信|送って|送れ|転送|アップロード|投稿|共有し|貼り付け)`,
    true,
  ),
  override(
    'ko',
    '이전|위의|앞선|지금까지|기존|모든|앞의|원래',
    `${near(10)}(?:지시|명령|지침|규칙|프롬프트|설정)${near(10)}(?:무시|잊|따르지|버리)`,
    true,
  ),
  conceal(
    'ko',
    '사용자|유저|이용자',
    `${near(14)}(?:알리지|말하지|언급하지|보고하지|밝히지|모르게|전달하지|공개하지|몰래|알려주지|알려 주지|이야기하지)`,
    true,
  ),
  leak(
    'ko',
    '비밀번호|암호|토큰|api 키|api키|인증 정보|자격 증명|고객 명단|고객 목록|액세스 키',
    `${near(20)}(?:보내|전송|전달|업로드|게시|공유)`,
    true,
  ),
  override('th', 'ละเว้น|เพิกเฉย|ไม่ต้องสนใจ|ลืม', `${near(14)}(?:คำสั่ง|คำแนะนำ)${near(14)}(?:ก่อน|ทั้งหมด|ข้างต้น)`, true),
  conceal('th', 'อย่าบอก|ห้ามบอก|โดยไม่แจ้ง|โดยไม่บอก|อย่าแจ้ง', `${near(10)}ผู้ใช้`, true),
];

/** The rules for languages other than English. */
export const otherRules: readonly InjectionRule[] = [...germanic, ...romance, ...slavic, ...others];
