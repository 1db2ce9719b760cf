"""What a customer sees: the form of a session, and the pages on which there is nothing more to do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from opentill.domain import checkout
from opentill.domain.objects.checkout_session import CheckoutSession, CustomMessage
from opentill.domain.objects.line_item import LineItem
from opentill.domain.terminal.addresses import REQUIRED_PARTS
from opentill.hosted.amounts import written
from opentill.hosted.form import ELSEWHERE, PARTS, POSTAL, Problem, Wanted, needed
from opentill.hosted.markup import Child, Markup, document, el
from opentill.hosted.texts import LANGUAGES, Texts, countries

ASSETS: Final = "/c/assets"

_STATE_LABELS: Final = {
    "US": "state",
    "AU": "state",
    "MX": "state",
    "BR": "state",
    "CA": "province",
    "JP": "prefecture",
}
_POSTAL_LABELS: Final = {"US": "zip_code", "GB": "postcode", "AU": "postcode", "NZ": "postcode"}


@dataclass(frozen=True, slots=True)
class View:
    """What a page is made of. `values` are what was typed before, `problems` what is wrong with it, by field.

    `message` is what is wrong with all of it. `country` is what an address begins with.
    """

    session: CheckoutSession
    lines: list[LineItem]
    wanted: Wanted
    language: str
    business: str
    country: str = "US"
    saves: bool = False
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: Mapping[str, Problem] = field(default_factory=dict[str, Problem])
    message: Problem | None = None

    @property
    def texts(self) -> Texts:
        return LANGUAGES[self.language]

    def say(self, name: str, **parts: str) -> str:
        """A text of the page's language."""
        return getattr(self.texts, name).format(business=self.business, **parts)

    def amount(self, amount: int | None) -> str:
        """An amount of the session's currency."""
        return written(amount or 0, self.session.currency or "usd", self.language)


# The form ---------------------------------------------------------------------------------------------------------


def form(view: View) -> Markup:
    """The page on which the customer saves a card or pays."""
    session, setup = view.session, view.session.mode == "setup"
    wanted = view.wanted
    cost = [(line.id, *checkout.quantity_bounds(line)) for line in view.lines]
    adjustable = any(least < most for _, least, most in cost)
    fields: list[Child] = [
        _alert(view),
        _group(view, "contact", [_email(view), _phone(view) if wanted.phone else None]),
        _group(view, "shipping", _address(view, "shipping", wanted.shipping)) if wanted.shipping else None,
        _note(session.custom_text.shipping_address) if wanted.shipping else None,
        _group(view, "card", _card(view)) if wanted.card else None,
        _group(view, "billing", _address(view, "billing", ())) if wanted.address else None,
        _note(session.custom_text.submit),
        el("button", {"type": "submit", "class": "submit", "data-busy": view.say("processing")}, _action(view)),
        el("p", {"class": "terms"}, view.say("terms_setup" if setup else "terms_payment"))
        if setup or view.saves
        else None,
        _note(session.custom_text.terms_of_service_acceptance),
    ]
    body = el(
        "form",
        {
            "method": "post",
            "action": f"/c/pay/{session.id}",
            "id": "checkout",
            "novalidate": True,
            "data-texts": json.dumps(_client_texts(view), ensure_ascii=False),
        },
        _summary(view, adjustable=adjustable),
        el("div", {"class": "fields"}, fields),
    )
    return _page(view, view.say("title_setup" if setup else "title_payment"), body, script=True)


def _summary(view: View, *, adjustable: bool) -> Markup:
    session = view.session
    setup = session.mode == "setup"
    heading = el("h1", None, view.say("heading_setup" if setup else "heading_payment"))
    if setup:
        return el(
            "section",
            {"class": "summary", "aria-label": view.business},
            heading,
            el("p", {"class": "lead"}, view.say("lead_setup")),
        )
    rows = [_line(view, line) for line in view.lines]
    return el(
        "section",
        {"class": "summary", "aria-label": view.say("summary")},
        heading,
        el("p", {"class": "amount"}, view.amount(session.amount_total)),
        el("ul", {"class": "lines"}, rows),
        el(
            "button",
            {"type": "submit", "name": "update", "value": "1", "formnovalidate": True, "class": "quiet"},
            view.say("update_total"),
        )
        if adjustable
        else None,
        el(
            "p",
            {"class": "total"},
            el("span", None, view.say("total")),
            el("strong", None, view.amount(session.amount_total)),
        ),
        el("input", {"type": "hidden", "name": "expectedAmount", "value": str(session.amount_total or 0)}),
    )


def _line(view: View, line: LineItem) -> Markup:
    least, most = checkout.quantity_bounds(line)
    name = f"quantity-{line.id}"
    quantity = line.quantity or 0
    choice: Child
    if least < most:
        value = view.values.get(name, str(quantity))
        number = {"type": "number", "min": str(least), "max": str(most), "inputmode": "numeric", "class": "count"}
        choice = _field(view, name, view.say("quantity"), number, value=value, bounds=(least, most))
    else:
        choice = el("p", {"class": "detail"}, f"{view.say('quantity')}: {quantity}") if quantity != 1 else None
    single = line.price.unit_amount if line.price is not None else None
    return el(
        "li",
        None,
        el(
            "div",
            {"class": "item"},
            el("p", {"class": "name"}, line.description or ""),
            el("p", {"class": "cost"}, view.amount(line.amount_total)),
        ),
        el("p", {"class": "detail"}, view.say("each", amount=view.amount(single)))
        if single is not None and quantity > 1
        else None,
        choice,
    )


def _action(view: View) -> str:
    session = view.session
    if session.mode == "setup":
        return view.say("save")
    if not session.amount_total:
        return view.say("complete_order")
    names = {"book": "book", "donate": "donate"}
    return view.say(names.get(session.submit_type or "", "pay"), amount=view.amount(session.amount_total))


def _alert(view: View) -> Markup:
    """What is wrong with all of it. The place is always there, so that it is read out when something appears in it."""
    message = view.message or ("check_fields" if view.problems else None)
    text = None if message is None else el("p", None, view.say(message))
    return el("div", {"role": "alert", "id": "alert", "class": "alert", "tabindex": "-1"}, text)


def _group(view: View, name: str, children: Child) -> Markup:
    return el("fieldset", {"id": name}, el("legend", None, view.say(name)), children)


def _note(message: CustomMessage | None) -> Markup | None:
    return None if message is None else el("p", {"class": "note"}, message.message)


# Fields -----------------------------------------------------------------------------------------------------------


def _field(
    view: View,
    name: str,
    label: str,
    attributes: Mapping[str, str | bool | None],
    *,
    value: str | None = None,
    hint: str | None = None,
    optional: bool = False,
    beside: Child = None,
    bounds: tuple[int, int] | None = None,
) -> Markup:
    """A labelled input. Card fields are never given a value."""
    problem = view.problems.get(name)
    said = None
    if problem is not None:
        least, most = bounds or (0, 0)
        said = getattr(view.texts, problem).format(least=least, most=most)
    described = " ".join(filter(None, (f"{name}-hint" if hint else None, f"{name}-error")))
    given = {
        "id": name,
        "name": name,
        "aria-describedby": described,
        "aria-invalid": "true" if said else None,
        "aria-required": None if optional else "true",
        "value": value,
    }
    return el(
        "div",
        {"class": "field", "data-field": name},
        _label(view, name, label, optional=optional),
        el("div", {"class": "control"}, el("input", given | dict(attributes)), beside),
        el("p", {"class": "hint", "id": f"{name}-hint"}, hint) if hint else None,
        _error(name, said),
    )


def _label(view: View, name: str, label: str, *, optional: bool) -> Markup:
    mark = el("span", {"class": "optional"}, f" ({view.say('optional')})") if optional else None
    return el("label", {"for": name}, el("span", None, label), mark)


def _error(name: str, said: str | None) -> Markup:
    return el("p", {"class": "error", "id": f"{name}-error", "hidden": said is None}, said)


def _email(view: View) -> Markup:
    if view.wanted.email is not None:
        return el(
            "div",
            {"class": "field"},
            el("label", {"for": "email"}, view.say("email")),
            el(
                "div",
                {"class": "control"},
                el(
                    "input",
                    {"id": "email", "name": "email", "type": "email", "readonly": True, "value": view.wanted.email},
                ),
            ),
        )
    return _field(
        view,
        "email",
        view.say("email"),
        {"type": "email", "autocomplete": "email", "inputmode": "email", "maxlength": "512"},
        value=view.values.get("email"),
    )


def _phone(view: View) -> Markup:
    attributes = {"type": "tel", "autocomplete": "tel", "inputmode": "tel", "maxlength": "40"}
    return _field(view, "phoneNumber", view.say("phone"), attributes, value=view.values.get("phoneNumber"))


def _card(view: View) -> Child:
    digits = {"type": "text", "inputmode": "numeric", "spellcheck": "false"}
    name = {"type": "text", "autocomplete": "cc-name", "maxlength": "200", "spellcheck": "false"}
    rows: list[Child] = [
        _field(
            view,
            "cardNumber",
            view.say("card_number"),
            {**digits, "autocomplete": "cc-number", "placeholder": "1234 1234 1234 1234", "maxlength": "24"},
            beside=_brands(),
        ),
        el(
            "div",
            {"class": "pair"},
            _field(
                view,
                "cardExpiry",
                view.say("expiry"),
                {**digits, "autocomplete": "cc-exp", "placeholder": view.say("expiry_hint"), "maxlength": "9"},
            ),
            _field(
                view,
                "cardCvc",
                view.say("cvc"),
                {**digits, "autocomplete": "cc-csc", "placeholder": "CVC", "maxlength": "4"},
                hint=view.say("cvc_hint"),
            ),
        ),
        _field(view, "billingName", view.say("name_on_card"), name, value=view.values.get("billingName")),
    ]
    if not view.wanted.address:
        postal = _postal(view, "billing", _chosen(view, "billing", ()), least=True)
        rows.append(el("div", {"class": "pair"}, _country(view, "billing", ()), postal))
    return rows


def _address(view: View, prefix: str, allowed: tuple[str, ...]) -> Child:
    def line(part: str, label: str, token: str, *, optional: bool = False) -> Markup:
        name = prefix + part
        attributes = {"type": "text", "autocomplete": f"{prefix} {token}", "maxlength": "200"}
        return _field(view, name, label, attributes, value=view.values.get(name), optional=optional)

    country = _chosen(view, prefix, allowed)
    must = needed(country)
    return [
        line("Name", view.say("full_name"), "name") if prefix == "shipping" else None,
        _country(view, prefix, allowed),
        line("AddressLine1", view.say("line1"), "address-line1"),
        line("AddressLine2", view.say("line2"), "address-line2", optional=True),
        el(
            "div",
            {"class": "pair"},
            line("Locality", view.say("city"), "address-level2", optional="city" not in must),
            _postal(view, prefix, country, least=False),
        ),
        line(
            "AdministrativeArea",
            view.say(_STATE_LABELS.get(country, "region")),
            "address-level1",
            optional="state" not in must,
        ),
    ]


def _country(view: View, prefix: str, allowed: tuple[str, ...]) -> Markup:
    name = f"{prefix}Country"
    names = countries(view.language)
    chosen = _chosen(view, prefix, allowed)
    options = [
        el("option", {"value": code, "selected": code == chosen}, label)
        for code, label in names.items()
        if not allowed or code in allowed
    ]
    problem = view.problems.get(name)
    said = None if problem is None else view.say(problem)
    return el(
        "div",
        {"class": "field", "data-field": name},
        _label(view, name, view.say("country"), optional=False),
        el(
            "div",
            {"class": "control"},
            el(
                "select",
                {
                    "id": name,
                    "name": name,
                    "autocomplete": f"{prefix} country",
                    "aria-describedby": f"{name}-error",
                    "aria-invalid": "true" if said else None,
                },
                options,
            ),
        ),
        _error(name, said),
    )


def _chosen(view: View, prefix: str, allowed: tuple[str, ...]) -> str:
    """The country of an address, before and after it was submitted."""
    country = view.values.get(f"{prefix}Country", view.country)
    return country if not allowed or country in allowed else allowed[0]


def _postal(view: View, prefix: str, country: str, *, least: bool) -> Markup:
    """The postal code; where it is the `least` of an address, only some countries ask for it."""
    name = f"{prefix}PostalCode"
    attributes = {
        "type": "text",
        "autocomplete": f"{prefix} postal-code",
        "maxlength": "20",
        "data-least": least,
        "autocapitalize": "characters",
    }
    label = view.say(_POSTAL_LABELS.get(country, "postal_code"))
    return _field(
        view,
        name,
        label,
        attributes,
        value=view.values.get(name),
        optional=country not in POSTAL if least else "postal_code" not in needed(country),
    )


def _client_texts(view: View) -> dict[str, object]:
    """What the script needs: its messages, and what parts of addresses are called."""
    names = (
        *("required", "email_invalid", "number_incomplete", "number_invalid", "expiry_incomplete", "expiry_past"),
        *("cvc_incomplete", "postal_invalid", "check_fields", "went_wrong"),
    )
    states = {country: view.say(name) for country, name in _STATE_LABELS.items()}
    codes = {country: view.say(name) for country, name in _POSTAL_LABELS.items()}
    return {
        **{name: view.say(name) for name in names},
        "states": {**states, "": view.say("region")},
        "codes": {**codes, "": view.say("postal_code")},
        "needed": {
            country: [PARTS[part] for part in parts] for country, parts in {**REQUIRED_PARTS, "": ELSEWHERE}.items()
        },
        "postal": {country: pattern.pattern for country, pattern in POSTAL.items()},
    }


# The marks that show which brand a number is of: drawn here, plainly.
def _brands() -> Markup:
    def mark(name: str, *children: Child) -> Markup:
        box = {"viewBox": "0 0 36 24", "aria-hidden": "true", "data-brand": name, "class": "brand"}
        frame = el("rect", {"width": "36", "height": "24", "rx": "4", "class": "brand-frame"})
        return el("svg", box, frame, *children)

    def word(text: str, kind: str) -> Markup:
        return el("text", {"x": "18", "y": "15.5", "text-anchor": "middle", "class": f"brand-word {kind}"}, text)

    def circles(kind: str) -> list[Child]:
        return [
            el("circle", {"cx": "14.5", "cy": "12", "r": "6.5", "class": f"{kind}-left"}),
            el("circle", {"cx": "21.5", "cy": "12", "r": "6.5", "class": f"{kind}-right"}),
        ]

    return el(
        "span",
        {"class": "brands", "data-shown": ""},
        mark("visa", word("VISA", "visa")),
        mark("mastercard", *circles("mastercard")),
        mark("amex", word("AMEX", "amex")),
        mark("discover", word("DISC", "discover")),
        mark("diners", word("DC", "diners")),
        mark("jcb", word("JCB", "jcb")),
        mark("unionpay", word("UP", "unionpay")),
    )


# Pages without a form ---------------------------------------------------------------------------------------------


def done(view: View, address: str) -> Markup:
    """The customer is done, and is taken to `address`."""
    setup = view.session.mode == "setup"
    told = view.session.custom_text.after_submit
    body = [
        _sign("yes"),
        el("h1", None, view.say("done_title")),
        el("p", None, view.say("done_setup" if setup else "done_payment")),
        _note(told),
        el("p", {"class": "detail"}, view.say("returning")),
        el("a", {"class": "submit", "href": address}, view.say("go_on")),
    ]
    return _page(view, view.say("done_title"), el("section", {"class": "told"}, body), refresh=f"0;url={address}")


def complete(view: View) -> Markup:
    """Somebody comes back to a page that has done its work."""
    text = "complete_setup" if view.session.mode == "setup" else "complete_payment"
    return _told(view, "yes", "complete_title", text)


def expired(view: View, recovery: str | None) -> Markup:
    """Somebody comes too late; `recovery` is the way back, where one is offered."""
    link = None if recovery is None else el("a", {"class": "submit", "href": recovery}, view.say("start_again"))
    return _told(view, "clock", "expired_title", "expired_detail", link)


def under_way(view: View) -> Markup:
    """An earlier submission has no outcome yet; the page looks again by itself."""
    return _told(view, "clock", "under_way_title", "under_way_detail", refresh="2")


def _told(view: View, sign: str, title: str, text: str, link: Child = None, *, refresh: str | None = None) -> Markup:
    body = el(
        "section", {"class": "told"}, _sign(sign), el("h1", None, view.say(title)), el("p", None, view.say(text)), link
    )
    return _page(view, view.say(title), body, refresh=refresh)


def bare(language: str, title: str, text: str) -> Markup:
    """A page about no session: there is none, or none can be read."""
    texts = LANGUAGES[language]
    section = el(
        "section",
        {"class": "told"},
        _sign("clock"),
        el("h1", None, getattr(texts, title)),
        el("p", None, getattr(texts, text)),
    )
    return _document(language, getattr(texts, title), [el("main", None, section)], script=False, refresh=None)


def _sign(kind: str) -> Markup:
    path = "M6 12.5l4 4 8-9" if kind == "yes" else "M12 7v5l3 2"
    circle = el("circle", {"cx": "12", "cy": "12", "r": "10"})
    return el(
        "svg", {"viewBox": "0 0 24 24", "aria-hidden": "true", "class": f"sign {kind}"}, circle, el("path", {"d": path})
    )


def _page(view: View, title: str, body: Child, *, script: bool = False, refresh: str | None = None) -> Markup:
    session = view.session
    back = None
    if session.status == "open" and session.cancel_url is not None:
        back = el("a", {"class": "back", "href": session.cancel_url, "rel": "noreferrer"}, view.say("back"))
    test = None
    if not session.livemode:
        test = el("p", {"class": "test"}, el("strong", None, view.say("test_mode")), " ", view.say("test_mode_detail"))
    parts = [
        test,
        el("header", None, back, el("p", {"class": "business"}, view.business)),
        el("main", {"class": "form" if script else "notice"}, body),
        el("footer", None, el("p", None, view.say("powered_by"))),
    ]
    return _document(view.language, title, parts, script=script, refresh=refresh)


def _document(language: str, title: str, body: Child, *, script: bool, refresh: str | None) -> Markup:
    head = [
        el("meta", {"charset": "utf-8"}),
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("meta", {"name": "robots", "content": "noindex, nofollow"}),
        el("meta", {"http-equiv": "refresh", "content": refresh}) if refresh is not None else None,
        el("title", None, title),
        el("link", {"rel": "icon", "href": "data:,"}),
        el("link", {"rel": "stylesheet", "href": f"{ASSETS}/checkout.css"}),
        el("script", {"src": f"{ASSETS}/checkout.js", "type": "module"}) if script else None,
    ]
    return document(language, head, body)
