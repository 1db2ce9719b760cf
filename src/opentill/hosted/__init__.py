"""The pages that customers of merchants see: Checkout.

They are made on the server and work without JavaScript; scripts and styles come from `opentill.web.checkout`. Whatever
somebody else wrote is text in them (`markup`), and nothing is loaded from other hosts.

    checkout    requests: which page is asked for, what was submitted, where to go then
    form        what was typed, checked
    pages       what is shown
    texts       in each language
"""
