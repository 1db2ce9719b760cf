"""What `opentill up` prints: the address, keys, and commands to paste that take a first payment."""

from opentill.domain.ids import random_token
from opentill.main import Installation
from opentill.ports.store import Changes, Conflict, Insert
from opentill.services.keys import open_account
from opentill.services.kinds import SETTINGS
from opentill.services.records import Setting

_TAIL = "development_key_tail"


async def welcome(installation: Installation, address: str) -> str:
    """The greeting. The keys are made on the first start and stay the same."""
    tail = await _tail(installation)
    secret = f"sk_test_{tail}"
    await open_account(installation.store, installation.clock, secret, installation.settings.default_version)
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
