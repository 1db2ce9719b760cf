"""A screen of every kind, as a device would show it: what the tests walk through and what the screenshots show."""

from typing import Final

from opentill.reader.device.screens import Button, Field, Line, Screen, Switch

MERCHANT: Final = "Ridgeline Coffee"


def primary(id: str, label: str, detail: str | None = None) -> Button:
    """The button that goes on."""
    return Button(id=id, label=label, detail=detail, style="primary")


CANCEL: Final = Button(id="cancel", label="Cancel", style="plain")

SAMPLES: Final[dict[str, Screen]] = {
    "starting": Screen(name="starting", heading="Starting", link="connecting"),
    "pairing": Screen(
        name="pairing",
        heading="Register this reader",
        detail="Use this code in the dashboard or in your application.",
        code="quick-brown-fox",
        buttons=[Button(id="new_code", label="New code"), Button(id="settings", label="Settings", style="plain")],
    ),
    "splash": Screen(
        name="splash",
        heading="Welcome",
        merchant=MERCHANT,
        buttons=[Button(id="settings", label="Settings", style="plain")],
    ),
    "passcode": Screen(
        name="passcode",
        heading="Settings",
        field=Field(kind="pin", label="Admin passcode", entered=2, max_length=5, error="That is not the passcode."),
        keypad="pin",
    ),
    "settings": Screen(
        name="settings",
        heading="Settings",
        buttons=[
            primary("pair", "Generate pairing code"),
            Button(id="diagnostics", label="Diagnostics"),
            Button(id="language", label="Language", detail="English"),
            Button(id="restart", label="Restart", style="danger"),
            Button(id="close", label="Close", style="plain"),
        ],
    ),
    "diagnostics": Screen(
        name="diagnostics",
        heading="Diagnostics",
        lines=[
            Line(label="Network", value="Connected"),
            Line(label="Server", value="127.0.0.1:8420"),
            Line(label="IP address", value="192.168.1.24"),
            Line(label="Wi-Fi", value="ridgeline-5g"),
            Line(label="Card reader", value="In order"),
            Line(label="Storage", value="In order"),
            Line(label="Serial number", value="STRM26001234567"),
        ],
        buttons=[Button(id="back", label="Back", style="plain")],
    ),
    "cart": Screen(
        name="cart",
        heading="Your purchase",
        merchant=MERCHANT,
        lines=[
            Line(label="Flat white", value="$9.00", quantity=2),
            Line(label="Almond croissant", value="$4.25"),
            Line(label="House blend, 250 g", value="$14.50"),
        ],
        totals=[
            Line(label="Subtotal", value="$27.75"),
            Line(label="Tax", value="$2.43"),
            Line(label="Total", value="$30.18"),
        ],
    ),
    "tip": Screen(
        name="tip",
        heading="Add a tip?",
        amount="$30.18",
        merchant=MERCHANT,
        buttons=[
            Button(id="tip-0", label="15 %", detail="$4.53"),
            Button(id="tip-1", label="20 %", detail="$6.04"),
            Button(id="tip-2", label="25 %", detail="$7.55"),
            Button(id="custom", label="Custom amount", style="plain"),
            Button(id="none", label="No tip", style="plain"),
        ],
    ),
    "custom_tip": Screen(
        name="custom_tip",
        heading="Your tip",
        amount="$30.18",
        field=Field(kind="digits", label="Your tip", value="$5.00"),
        keypad="decimal",
        buttons=[Button(id="back", label="Back", style="plain")],
    ),
    "present_card": Screen(
        name="present_card",
        heading="Tap, insert or swipe",
        amount="$36.22",
        icon="contactless",
        accepts=["tap", "insert", "swipe"],
        lines=[Line(label="Subtotal", value="$30.18"), Line(label="Tip", value="$6.04")],
        detail="Total",
        merchant=MERCHANT,
        buttons=[CANCEL],
    ),
    "application": Screen(
        name="application",
        heading="How do you want to pay?",
        amount="$36.22",
        buttons=[primary("application:0", "eftpos SAV"), primary("application:1", "Visa debit"), CANCEL],
    ),
    "keyed_card": Screen(
        name="keyed_card",
        heading="Enter the card",
        field=Field(kind="digits", label="Card number", value="•••• •••• ••", error="This is not a card number."),
        keypad="digits",
        amount="$36.22",
        step=1,
        steps=5,
        buttons=[primary("next", "Next"), Button(id="back", label="Back", style="plain"), CANCEL],
    ),
    "pin": Screen(
        name="pin",
        heading="Enter your PIN",
        amount="$36.22",
        field=Field(kind="pin", label="Enter your PIN", entered=3, max_length=12),
        keypad="pin",
        buttons=[Button(id="skip_pin", label="No PIN", style="plain"), CANCEL],
    ),
    "reading": Screen(name="reading", heading="Do not remove your card", amount="$36.22", icon="insert"),
    "processing": Screen(name="processing", heading="Processing…", amount="$36.22", detail="Please wait…"),
    "remove_card": Screen(name="remove_card", heading="Remove your card", icon="remove", amount="$36.22"),
    "approved": Screen(name="approved", heading="Approved", amount="$36.22", icon="approved", detail="Thank you"),
    "declined": Screen(
        name="declined",
        heading="Declined",
        amount="$36.22",
        icon="declined",
        detail="Your bank does not agree. Use another card.",
        buttons=[primary("close", "Close")],
    ),
    "done": Screen(name="done", heading="Card saved", icon="save"),
    "canceled": Screen(name="canceled", heading="Canceled", detail="Nothing was charged."),
    "input": Screen(
        name="input",
        heading="Join our list",
        detail="One letter a month, with what we roast.",
        field=Field(kind="email", label="Your email address", value="ada@", error="This is not an email address."),
        switches=[
            Switch(label="Also send my receipt", on=True),
            Switch(label="I am over 18", detail="Needed for our tastings"),
        ],
        buttons=[primary("submit", "Submit"), Button(id="skip", label="Skip", style="plain")],
        step=1,
        steps=3,
    ),
    "printing": Screen(name="printing", heading="Printing…", icon="printer"),
    "notice": Screen(
        name="notice",
        heading="No connection",
        detail="Check the network. The reader reconnects by itself.",
        icon="offline",
        link="offline",
        buttons=[Button(id="settings", label="Settings", style="plain")],
    ),
    "off": Screen(name="off", heading="The reader is off"),
}
"""One for each name a screen can have."""

SIGNATURE: Final = Screen(
    name="input",
    heading="Please sign",
    detail="For the rental of one espresso machine, 3 days.",
    field=Field(kind="signature", label="Please sign"),
    buttons=[
        primary("submit", "Submit"),
        Button(id="clear", label="Clear", disabled=True),
        Button(id="skip", label="Skip", style="plain"),
        Button(id="back", label="Back", style="plain"),
    ],
    step=2,
    steps=3,
)
SELECTION: Final = Screen(
    name="input",
    heading="How was it?",
    detail="It takes a second.",
    buttons=[
        primary("choice-0", "Wonderful"),
        Button(id="choice-1", label="Good"),
        Button(id="choice-2", label="Not today"),
        Button(id="skip", label="Skip", style="plain"),
    ],
    step=3,
    steps=3,
)

INPUTS: Final[dict[str, Screen]] = {
    "selection": SELECTION,
    "signature": SIGNATURE,
    "email": SAMPLES["input"],
    "phone": Screen(
        name="input",
        heading="Your phone number",
        field=Field(kind="phone", label="Your phone number"),
        buttons=[primary("submit", "Submit")],
    ),
    "text": Screen(
        name="input",
        heading="A name for the order",
        field=Field(kind="text", label="A name for the order", max_length=30),
        buttons=[primary("submit", "Submit")],
    ),
    "numeric": Screen(
        name="input",
        heading="Table number",
        field=Field(kind="numeric", label="Table number", error="Only digits, please."),
        buttons=[primary("submit", "Submit")],
    ),
}
"""The six types of input."""
