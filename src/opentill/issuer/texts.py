"""What the issuer's pages say, by language. Every language has all of it, or it cannot be made."""

from dataclasses import dataclass
from typing import Final

from opentill.domain.money import decimals


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """One language. Texts with {braces} are completed by `str.format`. `point` and `group` stand in numbers."""

    point: str
    group: str
    issuer: str
    simulated: str
    pay: str
    pay_detail: str
    save: str
    save_detail: str
    merchant: str
    amount: str
    card: str
    complete: str
    fail: str
    cancel: str
    answered: str
    answered_detail: str
    refused: str
    refused_detail: str
    ended: str
    ended_detail: str
    expired: str
    expired_detail: str
    unknown: str
    unknown_detail: str
    unclear: str
    unclear_detail: str
    broken: str
    broken_detail: str
    back: str
    close: str


LANGUAGES: Final = {
    "en": Texts(
        point=".",
        group=",",
        issuer="Card issuer",
        simulated="Test mode: this page stands in for the bank that issued the card. No money moves.",
        pay="Is it you who is paying?",
        pay_detail="{merchant} is asking for a payment with your card. Complete it only if it is yours.",
        save="Is it you who is saving this card?",
        save_detail="{merchant} is asking to save your card for payments to come. Nothing is paid now.",
        merchant="Merchant",
        amount="Amount",
        card="Card",
        complete="Complete",
        fail="Fail",
        cancel="Cancel",
        answered="Thank you, that is confirmed",
        answered_detail="You have answered this question. {merchant} shows what became of it.",
        refused="That was not confirmed",
        refused_detail="The card was not used. At {merchant} you can try again or take another card.",
        ended="This question is not asked any more",
        ended_detail="{merchant} has changed or canceled what it was about, or has asked again.",
        expired="Time is up",
        expired_detail="Nobody answered in time. The card was not used. At {merchant} you can try again.",
        unknown="There is nothing here",
        unknown_detail="The address is incomplete, or was never one of ours. Go back to the merchant's page.",
        unclear="That was no answer",
        unclear_detail="Go back and choose one of the buttons. Nothing has happened.",
        broken="Please try again in a moment",
        broken_detail="Your answer could not be taken. It is safe to give it again: nothing happens twice.",
        back="Continue to {merchant}",
        close="You can close this page.",
    ),
    "fr": Texts(
        point=",",
        group="\u202f",
        issuer="Émetteur de la carte",
        simulated="Mode test : cette page remplace la banque qui a émis la carte. Aucun argent ne circule.",
        pay="Est-ce bien vous qui payez ?",
        pay_detail="{merchant} demande un paiement avec votre carte. Ne confirmez que s'il vient de vous.",
        save="Est-ce bien vous qui enregistrez cette carte ?",
        save_detail="{merchant} demande à enregistrer votre carte pour de futurs paiements. Rien n'est payé.",
        merchant="Commerçant",
        amount="Montant",
        card="Carte",
        complete="Confirmer",
        fail="Échouer",
        cancel="Annuler",
        answered="Merci, c'est confirmé",
        answered_detail="Vous avez répondu à cette question. {merchant} vous indique la suite.",
        refused="Cela n'a pas été confirmé",
        refused_detail="La carte n'a pas servi. Chez {merchant}, réessayez ou prenez une autre carte.",
        ended="Cette question n'est plus posée",
        ended_detail="{merchant} a modifié ou annulé l'opération, ou a reposé la question.",
        expired="Le délai est dépassé",
        expired_detail="Personne n'a répondu à temps. La carte n'a pas servi. Vous pouvez réessayer chez {merchant}.",
        unknown="Il n'y a rien ici",
        unknown_detail="L'adresse est incomplète ou n'a jamais existé. Retournez sur la page du commerçant.",
        unclear="Ce n'était pas une réponse",
        unclear_detail="Revenez en arrière et choisissez l'un des boutons. Il ne s'est rien passé.",
        broken="Veuillez réessayer dans un instant",
        broken_detail="Votre réponse n'a pas pu être prise en compte. Vous pouvez la redonner sans risque.",
        back="Continuer vers {merchant}",
        close="Vous pouvez fermer cette page.",
    ),
    "de": Texts(
        point=",",
        group=".",
        issuer="Kartenherausgeber",
        simulated="Testmodus: Diese Seite vertritt die Bank, die die Karte ausgegeben hat. Es fließt kein Geld.",
        pay="Zahlen Sie das gerade?",
        pay_detail="{merchant} bittet um eine Zahlung mit Ihrer Karte. Bestätigen Sie nur, wenn sie von Ihnen kommt.",
        save="Speichern Sie gerade diese Karte?",
        save_detail="{merchant} möchte Ihre Karte für spätere Zahlungen speichern. Jetzt wird nichts bezahlt.",
        merchant="Händler",
        amount="Betrag",
        card="Karte",
        complete="Bestätigen",
        fail="Scheitern lassen",
        cancel="Abbrechen",
        answered="Danke, das ist bestätigt",
        answered_detail="Sie haben diese Frage beantwortet. {merchant} zeigt Ihnen, was daraus wurde.",
        refused="Das wurde nicht bestätigt",
        refused_detail="Die Karte wurde nicht benutzt. Versuchen Sie es bei {merchant} erneut oder mit einer anderen.",
        ended="Diese Frage stellt sich nicht mehr",
        ended_detail="{merchant} hat den Vorgang geändert oder storniert oder neu gefragt.",
        expired="Die Zeit ist abgelaufen",
        expired_detail="Niemand hat rechtzeitig geantwortet. Bei {merchant} können Sie es erneut versuchen.",
        unknown="Hier ist nichts",
        unknown_detail="Die Adresse ist unvollständig oder falsch. Kehren Sie zur Seite des Händlers zurück.",
        unclear="Das war keine Antwort",
        unclear_detail="Gehen Sie zurück und wählen Sie eine der Schaltflächen. Es ist nichts geschehen.",
        broken="Bitte versuchen Sie es gleich noch einmal",
        broken_detail="Ihre Antwort kam nicht an. Sie können sie gefahrlos wiederholen: Nichts geschieht doppelt.",
        back="Weiter zu {merchant}",
        close="Sie können diese Seite schließen.",
    ),
    "es": Texts(
        point=",",
        group=".",
        issuer="Emisor de la tarjeta",
        simulated="Modo de prueba: esta página representa al banco que emitió la tarjeta. No se mueve dinero.",
        pay="¿Es usted quien paga?",
        pay_detail="{merchant} solicita un pago con su tarjeta. Confírmelo solo si es suyo.",
        save="¿Es usted quien guarda esta tarjeta?",
        save_detail="{merchant} solicita guardar su tarjeta para pagos futuros. Ahora no se paga nada.",
        merchant="Comercio",
        amount="Importe",
        card="Tarjeta",
        complete="Confirmar",
        fail="Hacer fallar",
        cancel="Cancelar",
        answered="Gracias, está confirmado",
        answered_detail="Ya ha respondido a esta pregunta. {merchant} le muestra el resultado.",
        refused="No se ha confirmado",
        refused_detail="La tarjeta no se ha utilizado. En {merchant} puede volver a intentarlo o usar otra tarjeta.",
        ended="Esta pregunta ya no se hace",
        ended_detail="{merchant} ha cambiado o cancelado la operación, o ha vuelto a preguntar.",
        expired="Se acabó el tiempo",
        expired_detail="Nadie respondió a tiempo. No se ha utilizado la tarjeta. Puede reintentarlo en {merchant}.",
        unknown="Aquí no hay nada",
        unknown_detail="La dirección está incompleta o nunca fue nuestra. Vuelva a la página del comercio.",
        unclear="Eso no era una respuesta",
        unclear_detail="Vuelva atrás y elija uno de los botones. No ha pasado nada.",
        broken="Inténtelo de nuevo en un momento",
        broken_detail="No se ha podido recibir su respuesta. Puede repetirla sin riesgo: nada ocurre dos veces.",
        back="Continuar a {merchant}",
        close="Puede cerrar esta página.",
    ),
    "ja": Texts(
        point=".",
        group=",",
        issuer="カード発行会社",
        simulated="これはテストモードです。このページはカードを発行した銀行の代わりです。実際のお金は動きません。",
        pay="お支払いはご本人様ですか。",
        pay_detail="{merchant} がお客様のカードでの支払いを求めています。ご本人様の場合のみ完了してください。",
        save="カードを保存するのはご本人様ですか。",
        save_detail="{merchant} が今後のお支払いのためにカードの保存を求めています。今回お支払いは発生しません。",
        merchant="加盟店",
        amount="金額",
        card="カード",
        complete="完了する",
        fail="失敗させる",
        cancel="キャンセル",
        answered="確認が完了しました",
        answered_detail="この質問にはすでに回答済みです。結果は {merchant} でご確認ください。",
        refused="確認できませんでした",
        refused_detail="カードは使用されていません。{merchant} で再試行するか、別のカードをお使いください。",
        ended="この確認は無効になりました",
        ended_detail="{merchant} が内容を変更または取り消したか、改めて確認を求めています。",
        expired="有効期限が切れました",
        expired_detail="時間内に回答がありませんでした。カードは使用されていません。{merchant} で再試行できます。",
        unknown="ページが見つかりません",
        unknown_detail="アドレスが不完全か、存在しないものです。加盟店のページにお戻りください。",
        unclear="回答を受け取れませんでした",
        unclear_detail="前のページに戻り、いずれかのボタンを選んでください。何も行われていません。",
        broken="しばらくしてからもう一度お試しください",
        broken_detail="回答を受け付けられませんでした。もう一度回答しても、二重に処理されることはありません。",
        back="{merchant} に進む",
        close="このページを閉じてかまいません。",
    ),
}


def language(accepted: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4); English if none is wanted."""
    best, weight = "en", 0.0
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";")
        name = tag.partition("-")[0].strip().lower()
        if name not in LANGUAGES:
            continue
        try:
            wanted = float(quality.partition("=")[2] or 1)
        except ValueError:
            continue
        if wanted > weight:
            best, weight = name, wanted
    return best


def amount(minor_units: int, currency: str, texts: Texts) -> str:
    r"""An amount with the code of its currency, as issuers write it: a sign may be that of several currencies.

    >>> amount(123456, "usd", LANGUAGES["de"])
    '1.234,56\xa0USD'
    """
    places = decimals(currency)
    whole, part = divmod(minor_units, 10**places)
    digits = f"{whole:,}".replace(",", texts.group)
    number = f"{digits}{texts.point}{part:0{places}}" if places else digits
    return f"{number}\u00a0{currency.upper()}"
