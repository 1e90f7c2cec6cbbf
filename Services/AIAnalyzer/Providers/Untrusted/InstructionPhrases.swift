/// Phrases by which texts give orders to models, in several languages: data of the detector.
///
/// A phrase is a row of words in order. `a|b` stands for any of them, `a*` for every word that begins so, `~3` for up to
/// three words in between. All are in lower case and without accents, as `TextFolding` leaves them.
enum InstructionPhrases {
    static let byWords: [(sign: Suspicion.Sign, phrases: [String])] = [
        (.overridesInstructions, english + german + french + spanish + russian + others),
        (.dictatesAnswer, dictating),
        (.changesRole, roles),
    ]

    private static let english = [
        "ignore|disregard|forget|override|bypass|neglect ~2 previous|prior|preceding|above|earlier|foregoing|existing "
            + "~1 instruction|instructions|prompt|prompts|directive|directives|guideline|guidelines|orders|commands",
        "ignore|disregard|forget|override|bypass ~1 all|any|your|every ~2 "
            + "instructions|prompts|directives|guidelines|programming",
        "ignore|disregard|forget ~1 everything|anything|all ~2 above|before|previously|said|told",
        "ignore|disregard|forget|override|bypass|reveal|print|repeat|leak ~2 system prompt|prompts|instructions",
        "do not|dont follow|obey|heed ~1 previous|prior|above|earlier|your ~2 instructions|prompt|rules|guidelines",
        "new|updated|real|actual|following instructions override|supersede|replace",
    ]

    private static let german = [
        "ignorier*|vergiss|vergesst|vergessen|missacht*|missachte|verwirf|uberschreib* ~3 "
            + "vorherig*|bisherig*|obig*|vorig*|fruher*|vorstehend*|samtlich*|alle|allen|deine|deiner|ihre ~2 "
            + "anweisung*|instruktion*|vorgaben|befehl*|anordnung*|systemprompt"
    ]

    private static let french = [
        "ignore*|ignorez|oublie*|oubliez|neglige*|negligez|contourne* ~3 instructions|consignes|directives|ordres ~2 "
            + "precedent*|anterieur*|dessus|initial*|systeme",
        "ignore*|ignorez|oublie*|oubliez ~1 toutes ~1 tes|vos|les ~1 instructions|consignes|directives",
    ]

    private static let spanish = [
        "ignora|ignore|ignorar|olvida|olvide|olvidar|descarta|descarte|omite|omita ~3 "
            + "instrucciones|indicaciones|directrices|ordenes ~2 anterior*|previas|previos|arriba|sistema",
        "ignora|ignore|olvida|olvide ~1 todas ~1 tus|sus|las ~1 instrucciones|indicaciones|directrices|ordenes",
        // Portuguese and Italian.
        "ignore|ignora|esqueca|desconsidere|dimentica ~3 instrucoes|istruzioni|indicazioni ~2 "
            + "anterior*|acima|previas|precedent*|sopra",
    ]

    private static let russian = [
        "игнорируй*|проигнорируй*|забудь*|отбрось*|пренебрег* ~3 "
            + "предыдущ*|прежн*|все|всех|выше*|вышестоящ*|свои|твои|прошл* ~2 инструкц*|указани*|команд*|промпт*|правил*",
        // Ukrainian and Polish.
        "ігноруй*|забудь* ~3 попередн*|усі|всі ~2 інструкц*|вказівк*",
        "zignoruj*|ignoruj*|zapomnij* ~3 poprzedni*|wczesniejsz*|powyzsz*|wszystkie ~2 instrukcj*|polece*",
    ]

    private static let others = [
        // Dutch, Turkish, Swedish.
        "negeer|vergeet ~3 vorige|eerdere|bovenstaande|alle ~2 instructies|opdrachten",
        "onceki|yukaridaki|tum ~2 talimatlari|komutlari|yonergeleri ~2 yoksay|unut|gormezden",
        "ignorera|glom ~3 tidigare|foregaende|alla ~2 instruktioner",
    ]

    private static let dictating = [
        "answer|respond|reply only|exclusively|solely with",
        "answer|respond|reply|output ~2 category|priority|classification|label ~4 bug|feature|question|critical|high|low",
        "classify|categorize|categorise|triage ~4 as ~2 bug|feature|question|critical|urgent|low|high|harmless",
        "set|assign|give|use ~3 confidence|certainty ~2 1|100|0.99|1.0|maximum|highest",
        "set|assign|choose|select ~2 category|priority ~2 to|as ~2 bug|feature|question|critical|urgent|highest|lowest",
        "category|priority|classification|answer must|shall ~1 be ~2 bug|feature|question|critical|urgent|high|low",
        "note|message|instruction|instructions|attention|hint to|for ~1 ai|llm|model|classifier|chatbot|gpt|assistant",
        "as an|the ai|llm|assistant|model|classifier you must|should|shall|will|need",
        "klassifizier*|stufe|kategorisier* ~4 als ~2 fehler|bug|feature|frage|kritisch|dringend|hoch|niedrig",
        "antworte|antworten|antwortet nur|ausschliesslich|lediglich mit",
        "reponds|repondez|repondre ~1 uniquement|seulement|exclusivement par|avec",
        "classe*|classez ~3 comme ~2 bug|bogue|critique|urgent*|fonctionnalite|question",
        "responde|responda|contesta|conteste ~1 solo|solamente|unicamente|exclusivamente con",
        "clasifica|clasifique ~4 como ~2 error|bug|critico|critica|urgente|funcion|pregunta",
        "отвечай|ответь|отвечайте только|исключительно|лишь",
        "классифицируй*|отнеси|пометь* ~4 как|к ~2 ошибк*|баг|критич*|срочн*|вопрос*|функци*",
    ]

    private static let roles = [
        "you are now ~1 a|an|no|in|free|dan|acting|operating|the",
        "from now on you|act|behave|respond|answer|pretend",
        "pretend ~1 you are|to be ~1 a|an|not|the",
        "act|behave as ~1 a|an|if ~2 ai|llm|assistant|model|chatbot|unrestricted|different|admin|administrator",
        "reveal|print|show|repeat|output|disclose|leak|display ~2 your|the ~2 "
            + "system|initial|hidden|original|secret ~1 prompt|instructions|message",
        "do anything now",
        "developer|jailbreak|god|dan mode enabled|activated|on",
        "du bist jetzt|nun|ab ~1 ein|eine|kein|keine|jetzt",
        "ab sofort|jetzt bist|verhaltst|antwortest|agierst du",
        "tu es|vous etes maintenant|desormais ~1 un|une|libre",
        "a partir de maintenant|ahora tu|vous|eres|actua*|responde",
        "ahora eres ~1 un|una|libre",
        "ты теперь|больше ~1 не|ассистент|модель|свободн*|эксперт|администратор*",
        "отныне ты|вы|твоя",
    ]

    /// Where words aren't parted by blanks: pieces in order, with at most twelve characters in between.
    static let byCharacters: [(sign: Suspicion.Sign, pieces: [[String]])] = [
        (
            .overridesInstructions,
            [
                ["忽略", "无视", "無視", "忘记", "忘記", "忘掉", "不要理会", "不要遵守", "抛弃", "跳过"],
                ["之前", "以上", "上述", "上面", "先前", "前面", "此前", "所有", "一切", "你的", "系统", "系統"],
                ["指令", "指示", "提示词", "系统提示", "说明", "設定", "规则", "命令", "要求"],
            ]
        ),
        (.changesRole, [["你现在是", "你現在是", "从现在开始你", "从现在起你", "從現在開始你", "现在你是"]]),
        (.changesRole, [["输出", "显示", "泄露", "告诉我", "打印", "重复"], ["系统提示", "系統提示", "提示词", "初始指令"]]),
        (
            .dictatesAnswer,
            [
                ["分类为", "归类为", "標記為", "标记为", "优先级设为", "优先级设置为", "归为"],
                ["错误", "缺陷", "bug", "feature", "question", "紧急", "最高", "严重", "功能", "问题"],
            ]
        ),
        (.dictatesAnswer, [["请", "請", "必须", "你只"], ["只回答", "只回复", "只输出", "仅回答", "仅输出", "直接回答"]]),
        // Japanese and Korean.
        (
            .overridesInstructions,
            [
                ["以前の", "これまでの", "上記の", "前の", "すべての", "全ての"], ["指示", "命令", "プロンプト", "ルール"],
                ["無視", "忘れ", "従わない"],
            ]
        ),
        (.overridesInstructions, [["이전", "위의", "모든", "앞의"], ["지시", "명령", "프롬프트", "지침"], ["무시", "잊어"]]),
    ]

    /// Marks between the turns of a chat, in lower case.
    static let markup = [
        "<|im_start|>", "<|im_end|>", "<|im_sep|>", "<|system|>", "<|user|>", "<|assistant|>", "<|endoftext|>",
        "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|begin_of_text|>", "<|end|>", "<|eom_id|>",
        "<|start|>", "<|channel|>", "[inst]", "[/inst]", "<<sys>>", "<</sys>>", "<start_of_turn>", "<end_of_turn>",
        "<｜user｜>", "<｜assistant｜>", "<｜begin▁of▁sentence｜>", "<|start_of_role|>", "### instruction:\n",
        "\n\nhuman: ", "\n\nassistant: ", "<system_prompt>", "[system_prompt]", "\"role\":\"system\"",
        "\"role\": \"system\"",
    ]
}
