"""The tags that we use, by EMV's names (Book 3, annex A), and what to know of them."""

from typing import Final

# What a card says of itself.
AID: Final = 0x4F
LABEL: Final = 0x50
TRACK2: Final = 0x57
PAN: Final = 0x5A
NAME: Final = 0x5F20
EXPIRY: Final = 0x5F24
EFFECTIVE: Final = 0x5F25
ISSUER_COUNTRY: Final = 0x5F28
LANGUAGES: Final = 0x5F2D
SERVICE_CODE: Final = 0x5F30
SEQUENCE_NUMBER: Final = 0x5F34
AIP: Final = 0x82
DF_NAME: Final = 0x84
PRIORITY: Final = 0x87
SFI: Final = 0x88
CDOL1: Final = 0x8C
CDOL2: Final = 0x8D
CVM_LIST: Final = 0x8E
AFL: Final = 0x94
USAGE_CONTROL: Final = 0x9F07
CARD_VERSION: Final = 0x9F08
IAC_DEFAULT: Final = 0x9F0D
IAC_DENIAL: Final = 0x9F0E
IAC_ONLINE: Final = 0x9F0F
CODE_TABLE: Final = 0x9F11
PREFERRED_NAME: Final = 0x9F12
PIN_TRIES: Final = 0x9F17
TOKEN_REQUESTOR: Final = 0x9F19
PDOL: Final = 0x9F38
CARD_CURRENCY: Final = 0x9F42
CTQ: Final = 0x9F6C
FORM_FACTOR: Final = 0x9F6E

# What a card says of a transaction.
ISSUER_DATA: Final = 0x9F10
CRYPTOGRAM: Final = 0x9F26
CRYPTOGRAM_INFORMATION: Final = 0x9F27
ATC: Final = 0x9F36

# What a terminal says.
CURRENCY: Final = 0x5F2A
EXPONENT: Final = 0x5F36
RESPONSE_CODE: Final = 0x8A
TVR: Final = 0x95
DATE: Final = 0x9A
TSI: Final = 0x9B
TYPE: Final = 0x9C
AMOUNT: Final = 0x9F02
AMOUNT_OTHER: Final = 0x9F03
TERMINAL_AID: Final = 0x9F06
TERMINAL_VERSION: Final = 0x9F09
TERMINAL_COUNTRY: Final = 0x9F1A
FLOOR_LIMIT: Final = 0x9F1B
SERIAL: Final = 0x9F1E
TIME: Final = 0x9F21
CAPABILITIES: Final = 0x9F33
CVM_RESULT: Final = 0x9F34
TERMINAL_TYPE: Final = 0x9F35
UNPREDICTABLE_NUMBER: Final = 0x9F37
ADDITIONAL_CAPABILITIES: Final = 0x9F40
SEQUENCE: Final = 0x9F41
CATEGORY: Final = 0x9F53
TTQ: Final = 0x9F66

# What an issuer says.
ISSUER_AUTHENTICATION: Final = 0x91
SCRIPT_BEFORE: Final = 0x71
SCRIPT_AFTER: Final = 0x72
SCRIPT_COMMAND: Final = 0x86

# Templates.
APPLICATION: Final = 0x61
FCI: Final = 0x6F
RECORD: Final = 0x70
RESPONSE_1: Final = 0x80
RESPONSE_2: Final = 0x77
COMMAND: Final = 0x83
FCI_PROPRIETARY: Final = 0xA5
FCI_ISSUER: Final = 0xBF0C

NUMERIC: Final = frozenset(
    {
        CURRENCY,
        EXPONENT,
        DATE,
        TYPE,
        AMOUNT,
        AMOUNT_OTHER,
        TERMINAL_COUNTRY,
        TIME,
        TERMINAL_TYPE,
        SEQUENCE,
        EXPIRY,
        EFFECTIVE,
        ISSUER_COUNTRY,
        SERVICE_CODE,
        SEQUENCE_NUMBER,
    }
)
"""Format n: digits from the right, zeros before them."""

COMPRESSED_NUMERIC: Final = frozenset({PAN})
"""Format cn: digits from the left, `F` after them."""

SECRET: Final = frozenset({TRACK2, PAN, NAME, 0x56, 0x9F1F, 0x9F20, 0x9F6B})
"""Never stored, logged or sent in DE 55."""

ISSUER_GETS: Final = (
    EXPIRY,
    CURRENCY,
    SEQUENCE_NUMBER,
    AIP,
    RESPONSE_CODE,
    TVR,
    DATE,
    TYPE,
    AMOUNT,
    AMOUNT_OTHER,
    TERMINAL_VERSION,
    ISSUER_DATA,
    TERMINAL_COUNTRY,
    SERIAL,
    CRYPTOGRAM,
    CRYPTOGRAM_INFORMATION,
    CAPABILITIES,
    CVM_RESULT,
    TERMINAL_TYPE,
    ATC,
    UNPREDICTABLE_NUMBER,
    SEQUENCE,
    CATEGORY,
    TTQ,
    CTQ,
    FORM_FACTOR,
)
"""DE 55 of a request, in this order."""
