import { ending as e, gap } from './injection-rule.ts';
import { address, conceal, either, leak, override, quiet } from './injection-rule-kinds.ts';
import type { InjectionRule } from './injection-rule.ts';

/* Germanic and Romance languages. Stems only, in the plain form: `ä` is `a`, `ß` is `s`. */

/** German and its relatives. */
export const germanic: readonly InjectionRule[] = [
  override(
    'de',
    'ignorier|missacht|vergiss|vergesst|vergessen|ubergeh|umgeh|verwirf',
    `${e} ${gap(4)}(?:vorherig|bisherig|fruher|obig|vorangegangen|vorig|alle|alten|ursprunglich|system|deine)${e} ${gap(2)}(?:anweisung|instruktion|befehl|regel|vorgabe|weisung|prompt|richtlinie|systemanweisung)`,
  ),
  conceal(
    'de',
    'sag|sage|sagen|erzahl|erzahle|informier|informiere|verrate|erwahne|benachrichtige|teile',
    `${e} ${gap(4)}(?:benutzer|nutzer|anwender|user)${e} ${gap(5)}(?:nicht|nichts|kein)`,
  ),
  conceal(
    'de',
    'ohne|ohne dass',
    `,? ${gap(2)}(?:benutzer|nutzer|anwender|user)${e} ${gap(4)}(?:informier|benachrichtig|zu sagen|fragen|erwahn|davon|mitzuteilen|zu informieren|merkt|erfahrt)`,
  ),
  leak(
    'de',
    'sende|senden|schick|schicke|schicken|ubermittle|leite|lade|poste|kopiere|fuge',
    `${e} ${gap(7)}[^ .!?\\n]{0,16}?(?:passwort|passworter|zugangsdaten|schlussel|token|geheimnis|anmeldedaten|kundendaten|kundenliste|gehalt|umgebungsvariable)`,
  ),
  quiet('de', 'ohne', ` ${gap(2)}(?:ruckfrage|bestatigung|genehmigung|freigabe|zustimmung)`),
  address(
    'de',
    'an die|an alle|an den|an das|hinweis fur|anweisung fur|anweisung an|hinweis an|nachricht an|achtung',
    `,? ${gap(1)}(?:ki\\b|ki-|assistent|sprachmodell|ai-|chatbot|llm)`,
  ),
  override(
    'nl',
    'negeer|vergeet|sla',
    `${e} ${gap(3)}(?:alle|vorige|eerdere|voorgaande|bovenstaande)${e} ${gap(2)}(?:instructie|opdracht|regel|aanwijzing|richtlijn)`,
  ),
  conceal(
    'nl',
    'vertel|zeg|meld|informeer|zonder',
    `${e} ${gap(5)}gebruiker${e} ?${gap(5)}(?:niet|niets|te (?:vertellen|informeren|melden|zeggen))`,
  ),
  override(
    'sv',
    'ignorera|bortse fran|glom',
    ` ${gap(3)}(?:tidigare|foregaende|alla|ovanstaende) ${gap(2)}(?:instruktion|anvisning|regler|order)`,
  ),
  override(
    'da',
    'ignorer|glem|se bort fra',
    ` ${gap(3)}(?:tidligere|foregaende|alle|forrige) ${gap(2)}(?:instruks|anvisning|regler|ordre|instruktion)`,
  ),
];

/** French, Spanish, Portuguese, Italian, Romanian. */
export const romance: readonly InjectionRule[] = [
  override(
    'fr',
    'ignor|oubli|neglig|ne tiens pas compte|ne tenez pas compte|ne tenez aucun compte|fais abstraction|faites abstraction|ne suis pas|ne suivez pas|ne suivez plus',
    `${e} ${gap(3)}(?:toutes (?:les|vos|tes) )?${either('precedent|anterieur|ci-dessus|initial|systeme|recu|donne', "(?:l'|d')?(?:instruction|consigne|directive|regle|ordre)")}`,
  ),
  conceal(
    'fr',
    "ne dis|ne dites|ne le dis|ne le dites|n'informe|n'informez|n'en parle|n'en parlez|ne mentionne|ne mentionnez|ne revele|ne revelez|ne previens|ne prevenez|ne signale|ne signalez|sans prevenir|sans informer|sans en parler|sans en informer|sans le dire|sans le signaler|sans avertir",
    `${e} ${gap(6)}(?:l')?utilisat`,
  ),
  leak(
    'fr',
    'envoi|envoie|envoyez|envoyer|transmets|transmettez|transferez|transfere|publie|copie|copiez|joins|joignez',
    `${e} ${gap(7)}(?:l'|d'|les |des )?(?:mots? de passe|jeton|cle|identifiant|secret|token|donnees client|liste des client)`,
  ),
  quiet('fr', 'sans', ` ${gap(3)}(?:confirmation|validation|autorisation|approbation)`),
  address(
    'fr',
    "a l'attention de|note pour|instructions pour|message pour|consigne pour|aux|a tout|a toute",
    ` ?${gap(2)}(?:l'|les |d')?(?:ia\\b|assistant|agents? (?:ia|automati)|modele de langage|intelligence artificielle)`,
  ),
  override(
    'es',
    'ignor|olvid|haz caso omiso|haga caso omiso|no sigas|no siga|descart|omit|pasa por alto',
    `${e} ${gap(4)}${either('anterior|previ|arriba|sistema|original|recibid', 'instruccion|indicacion|orden|directri|regla')}`,
  ),
  conceal(
    'es',
    'no le digas|no le diga|no digas|no diga|no informes|no informe|no menciones|no mencione|no reveles|no avises|no avise|no comentes|sin decir|sin informar|sin avisar|sin mencionar|sin notificar|no se lo digas|no lo comentes|sin que',
    `${e} ${gap(6)}usuari`,
  ),
  leak(
    'es',
    'envi|envia|envie|enviar|manda|mande|reenvi|publica|copia|adjunta|sube|suba|transmite',
    `${e} ${gap(7)}(?:contrasen|clave|token|credencial|secreto|datos de (?:los )?client|lista de client)`,
  ),
  quiet('es', 'sin', ` ${gap(3)}(?:confirmacion|aprobacion|autorizacion|permiso|confirmar)`),
  address(
    'es',
    'nota para|instrucciones para|instruccion para|mensaje para|atencion|aviso para|aviso al',
    `,?:? ${gap(2)}(?:ia\\b|asistente|modelo de lenguaje|agente de ia|inteligencia artificial)`,
  ),
  override(
    'pt',
    'ignor|esquec|desconsider|nao siga|descart',
    `${e} ${gap(4)}${either('anterior|previ|acima|sistema|original|recebid', 'instruco|instrucao|orientac|orden|regra|diretriz|comando')}`,
  ),
  conceal(
    'pt',
    'nao diga|nao informe|nao conte|nao mencione|nao revele|nao avise|nao comente|sem informar|sem avisar|sem dizer|sem contar|sem mencionar|sem notificar|sem que',
    ` ${gap(6)}(?:usuari|utilizador)`,
  ),
  leak(
    'pt',
    'envi|envie|enviar|mande|encaminhe|publique|copie|anexe|transmita',
    `${e} ${gap(7)}(?:senha|token|credencia|segredo|chave|dados d[eo]s? client|lista de client)`,
  ),
  address(
    'pt',
    'nota para|instrucoes para|mensagem para|atencao|aviso para|aviso ao',
    `,?:? ${gap(2)}(?:ia\\b|assistente|modelo de linguagem|agente de ia|inteligencia artificial)`,
  ),
  override(
    'it',
    'ignor|dimentic|trascur|non seguire|non tenere conto|non considerare',
    `${e} ${gap(4)}${either('precedent|sopra|inizial|sistema|original|ricevut', "(?:l'|dell')?(?:istruzion|indicazion|direttiv|regol|comand|ordin)")}`,
  ),
  conceal(
    'it',
    "non dire|non dirlo|non informare|non menzionare|non rivelare|non avvisare|non parlarne|non segnalare|senza dire|senza dirlo|senza informare|senza avvisare|senza menzionare|senza che|all'insaputa",
    ` ${gap(5)}(?:all'|dell'|l')?utent`,
  ),
  leak(
    'it',
    'invia|inviare|invii|manda|inoltra|inoltrare|pubblica|copia|allega|trasmetti',
    `${e} ${gap(7)}(?:password|token|credenzial|segret|chiav|dati d[ei]i? client|elenco (?:dei )?client)`,
  ),
  address(
    'it',
    'nota per|istruzioni per|messaggio per|attenzione|avviso per',
    `,?:? ${gap(2)}(?:l'|gli )?(?:ia\\b|assistent|modello linguistico|agente ia|intelligenza artificiale)`,
  ),
  override(
    'ro',
    'ignora|ignorati|uita|uitati',
    ` ${gap(3)}${either('anterioare|precedente|de mai sus', 'instructiuni|indicatii|reguli|comenzi')}`,
  ),
];
