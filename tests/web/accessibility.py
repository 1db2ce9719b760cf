"""What of accessibility can be computed: contrast, names, sizes, overflow. Each returns what is wrong, as texts."""

from typing import Final

from playwright.sync_api import Page

# Relative luminance and contrast: WCAG 2.2. Large text (24 px, or 18.66 px bold) needs 3, other text 4.5.
_CONTRAST: Final = r"""
(root) => {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const part = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = numbers(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const wrong = [];
  const words = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const text = words.currentNode.textContent.trim();
    const element = words.currentNode.parentElement;
    if (!text || !element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    if (element.closest("button:disabled, .visually-hidden, .skip, script, style, noscript, .cover")) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const got = contrast(numbers(style.color), behind(element));
    if (got < least) wrong.push(`"${text}" has ${got.toFixed(2)} of ${least}`);
  }
  return wrong;
}
"""

_NAMES: Final = r"""
() => {
  const wrong = [];
  const name = (e) => [
    e.getAttribute("aria-label"),
    ...(e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => id && document.getElementById(id)?.textContent),
    ...[...(e.labels ?? [])].map((label) => label.textContent),
    e.matches("input, select, textarea, img, svg") ? e.getAttribute("alt") : e.textContent,
  ].filter(Boolean).join(" ").trim();
  const named = 'a, button, input, img, aside, #device, [role="img"], [role="region"], [role="group"]';
  for (const e of document.querySelectorAll(named))
    if (!name(e) && e.checkVisibility()) wrong.push(`no name: ${e.outerHTML.slice(0, 120)}`);
  for (const e of document.querySelectorAll('svg:not([role="img"])'))
    if (e.getAttribute("aria-hidden") !== "true") wrong.push("a picture is neither named nor hidden");
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby], [aria-controls]"))
    for (const kind of ["aria-labelledby", "aria-describedby", "aria-controls"])
      for (const id of (e.getAttribute(kind) ?? "").split(" "))
        if (id && !document.getElementById(id)) wrong.push(`${kind} names ${id}, which is not there`);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`two elements are ${id}`);
  if (document.querySelectorAll("main").length !== 1) wrong.push("there is not one main");
  if (document.querySelectorAll("h1").length !== 1) wrong.push("there is not one h1");
  if (!document.documentElement.lang || !document.title) wrong.push("no language or title");
  return wrong;
}
"""

# WCAG 2.2, 2.5.5: 44 by 44 CSS pixels. A control inside a label is as large as the label.
_SIZES: Final = r"""
(root) => [...root.querySelectorAll("button, input, a, summary")]
  .filter((e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.closest(".skip"))
  .map((e) => [e, (e.closest("label") ?? e).getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.round(width) < 44 || Math.round(height) < 44)
  .map(([e, { width, height }]) => `${Math.round(width)} x ${Math.round(height)}: ${e.outerHTML.slice(0, 100)}`)
"""

_OVERFLOW: Final = r"""
() => [document.scrollingElement, ...document.querySelectorAll("#glass, #glass *, main, .bench-body")]
  .filter((e) => !e.matches("svg, svg *, span, .visually-hidden"))
  .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
    && getComputedStyle(e).textOverflow !== "ellipsis" && !["inline", "none"].includes(getComputedStyle(e).display))
  .map((e) => `${e.tagName}.${e.className} is ${e.scrollWidth} wide in ${e.clientWidth}`)
"""


def low_contrast(page: Page, root: str = "body") -> list[str]:
    """Texts that do not stand out enough. Not those over a picture: see `pictured_contrast`."""
    return page.eval_on_selector(root, _CONTRAST)


def unnamed(page: Page) -> list[str]:
    """Controls and regions without a name, references to nothing, landmarks and headings that are missing."""
    return page.evaluate(_NAMES)


def too_small(page: Page, root: str = "body") -> list[str]:
    """Controls smaller than a finger."""
    return page.eval_on_selector(root, _SIZES)


def overflowing(page: Page) -> list[str]:
    """What is wider than its place."""
    return page.evaluate(_OVERFLOW)


_PICTURED: Final = r"""
async ([picture, boxes]) => {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const part = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  return boxes.map(({ x, y, width, height }) => {
    const { data } = context.getImageData(x, y, width, height);
    let lightest = 0;
    for (let at = 0; at < data.length; at += 4)
      lightest = Math.max(lightest, luminance(data.subarray(at, at + 3)));
    return 1.05 / (lightest + 0.05);
  });
}
"""


def pictured_contrast(page: Page, blank: Page, encoded: str, boxes: list[dict[str, float]]) -> list[float]:
    """The contrast of white text with the lightest pixel of each box of a picture of the page (PNG, base64)."""
    return blank.evaluate(_PICTURED, [encoded, boxes])
