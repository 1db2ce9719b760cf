"""The pages that opentill shows in a browser: HTML, CSS and JavaScript as they are served, nothing to build.

`reader/` is the screen of a virtual reader: the programs that serve it find the files with `importlib.resources`. Pages
load nothing from other hosts, and work under a Content-Security-Policy without inline scripts and styles.
"""
