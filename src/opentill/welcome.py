"""What `opentill up` prints: the address, keys, and commands to paste that take a first payment."""

from opentill.counter import Found
from opentill.domain.ids import random_token
from opentill.main import Installation
from opentill.ports.store import Changes, Conflict, Insert
from opentill.services.keys import open_account
from opentill.services.kinds import SETTINGS
from opentill.services.records import Setting

_TAIL = "development_key_tail"


async def development_key(installation: Installation) -> str:
    """The secret key that is printed, with its account. It is made on the first start and stays the same."""
    secret = f"sk_test_{await _tail(installation)}"
    await open_account(installation.store, installation.clock, secret, installation.settings.default_version)
    return secret


def welcome(installation: Installation, address: str, secret: str) -> str:
    """The greeting, with the secret key of the account that its commands work in."""
    tail = secret.removeprefix("sk_test_")
    return f"""
opentill is up.

  address          {address}
  secret key       {secret}
  publishable key  pk_test_{tail}
  data             {installation.settings.data_directory.resolve()}

Take a payment (paste the lines one after another, they fill in each other's ids):

  export OPENTILL={address} KEY={secret}
  id() {{ python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])'; }}

  # 1. a location, and a simulated reader in it
  LOCATION=$(curl -s $OPENTILL/v1/terminal/locations -u $KEY: -d display_name=Counter \\
    -d "address[line1]=1 Main Street" -d "address[city]=San Francisco" -d "address[state]=CA" \\
    -d "address[postal_code]=94111" -d "address[country]=US" | id)
  READER=$(curl -s $OPENTILL/v1/terminal/readers -u $KEY: -d registration_code=simulated-s700 \\
    -d label="Till 1" -d location=$LOCATION | id)

  # 2. a payment of $10.00, sent to the reader; a card is tapped; the money is captured
  INTENT=$(curl -s $OPENTILL/v1/payment_intents -u $KEY: -d amount=1000 -d currency=usd \\
    -d "payment_method_types[]=card_present" -d capture_method=manual | id)
  curl $OPENTILL/v1/terminal/readers/$READER/process_payment_intent -u $KEY: -d payment_intent=$INTENT
  curl -X POST $OPENTILL/v1/test_helpers/terminal/readers/$READER/present_payment_method -u $KEY:
  curl -X POST $OPENTILL/v1/payment_intents/$INTENT/capture -u $KEY:

Any other sk_test_ key opens an empty account of its own. Stop with Ctrl-C; the next start continues from here.
"""


def till_beside(address: str) -> str:
    """What follows the greeting when the sample till is there."""
    return f"""
A sample till, to ring up orders and take payments with the readers below:

  {address}/pos
"""


def readers_on_the_counter(registered: Found, fresh: Found) -> str:
    """What follows the greeting when the virtual readers are there: their pages, and commands for each."""
    pages = "".join(f"  {found.status.model:<12} {found.page}  {_state(found)}\n" for found in (registered, fresh))
    return f"""
Two readers are on the counter. Open their pages in a browser:

{pages}{_paying(registered)}{_registering(fresh, registered.location)}"""


def _state(found: Found) -> str:
    if found.id is None and not found.status.registered:
        return "not registered"
    return f'registered as "{found.label or found.status.label}"'


def _paying(found: Found) -> str:
    if found.id is None:
        return ""
    return f"""
Take a payment on the {found.status.model} (OPENTILL, KEY and id are set as above):

  INTENT=$(curl -s $OPENTILL/v1/payment_intents -u $KEY: -d amount=1500 -d currency=usd \\
    -d "payment_method_types[]=card_present" -d capture_method=manual | id)
  curl $OPENTILL/v1/terminal/readers/{found.id}/process_payment_intent -u $KEY: -d payment_intent=$INTENT

  # the screen asks for a card now: choose one beside it, and tap. Then take the money
  curl -X POST $OPENTILL/v1/payment_intents/$INTENT/capture -u $KEY:
"""


def _registering(found: Found, location: str | None) -> str:
    if found.status.code is None:
        return ""
    return f"""
Register the {found.status.model} with the code that its screen shows:

  curl $OPENTILL/v1/terminal/readers -u $KEY: -d registration_code={found.status.code} \\
    -d label="Till 2" -d location={location or "$LOCATION"}
"""


async def _tail(installation: Installation) -> str:
    store = installation.store
    known = await store.get(SETTINGS, "", _TAIL)
    if known is not None:
        return known.value.value
    tail = random_token(24)
    setting = Setting(id=_TAIL, value=tail)
    try:
        await store.commit(Changes(inserts=[Insert(SETTINGS, "", False, _TAIL, installation.clock.now(), setting)]))
    except Conflict:
        return await _tail(installation)
    return tail
