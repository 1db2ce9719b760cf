// The few words inside the glass that are the page's own, because they name controls that real hardware has no words
// for. Everything else on the screen comes from the device, in the cardholder's language.

const WORDS = {
  en: {
    clear: "Clear", cancel: "Cancel", enter: "Enter", keypad: "Keypad", online: "Online", connecting: "Connecting",
    offline: "Offline", tap: "Tap", insert: "Insert", swipe: "Swipe", sign_here: "Sign here",
    type_name: "Type your name instead", draw: "Draw instead", your_name: "Your name",
  },
  fr: {
    clear: "Corriger", cancel: "Annuler", enter: "Valider", keypad: "Clavier", online: "En ligne",
    connecting: "Connexion", offline: "Hors ligne", tap: "Sans contact", insert: "Insérer", swipe: "Glisser",
    sign_here: "Signez ici", type_name: "Saisir plutôt votre nom", draw: "Dessiner plutôt",
    your_name: "Votre nom",
  },
  de: {
    clear: "Korrektur", cancel: "Abbruch", enter: "Bestätigen", keypad: "Tastenfeld", online: "Verbunden",
    connecting: "Verbindet", offline: "Nicht verbunden", tap: "Kontaktlos", insert: "Einstecken", swipe: "Durchziehen",
    sign_here: "Hier unterschreiben", type_name: "Stattdessen Namen eintippen",
    draw: "Stattdessen zeichnen", your_name: "Ihr Name",
  },
  es: {
    clear: "Borrar", cancel: "Cancelar", enter: "Aceptar", keypad: "Teclado", online: "Conectado",
    connecting: "Conectando", offline: "Sin conexión", tap: "Acercar", insert: "Insertar", swipe: "Deslizar",
    sign_here: "Firme aquí", type_name: "Escribir su nombre", draw: "Dibujar", your_name: "Su nombre",
  },
  ja: {
    clear: "訂正", cancel: "取消", enter: "確定", keypad: "キーパッド", online: "オンライン", connecting: "接続中",
    offline: "オフライン", tap: "タッチ", insert: "差し込み", swipe: "スワイプ", sign_here: "ここに署名",
    type_name: "名前を入力する", draw: "手書きにする", your_name: "お名前",
  },
};

/** The page's own word in a language (BCP 47), English where we have none. */
export function word(name, language) {
  return (WORDS[language.toLowerCase().split("-")[0]] ?? WORDS.en)[name];
}
