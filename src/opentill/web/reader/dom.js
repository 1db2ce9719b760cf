// Elements as values: `h` makes them, `morph` brings what is on the page in line with what should be, so that the
// field somebody is typing in stays the same element while the screen around it changes.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "rect", "g"]);

/** An element: `h("p.note", {id: "x"}, "text", child)`. Absent, null and false attributes and children are left out. */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = SVG_TAGS.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/**
 * Change `now` into `next`, keeping every element that is still wanted. `data-part` tells parts of the same tag apart;
 * inside `data-keep` nothing is touched. Returns the element that stands there afterwards.
 */
export function morph(now, next) {
  if (now.isEqualNode(next)) return now;
  if (now.nodeType !== next.nodeType || now.nodeName !== next.nodeName || part(now) !== part(next)) {
    now.replaceWith(next);
    return next;
  }
  if (now.nodeType !== Node.ELEMENT_NODE) {
    now.nodeValue = next.nodeValue;
    return now;
  }
  for (const { name } of [...now.attributes]) if (!next.hasAttribute(name)) now.removeAttribute(name);
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  if (!now.hasAttribute("data-keep")) morphChildren(now, next);
  return now;
}

function morphChildren(now, next) {
  const wanted = [...next.childNodes];
  const parts = new Set(wanted.map(part));
  for (const child of [...now.childNodes]) if (part(child) && !parts.has(part(child))) child.remove();
  wanted.forEach((child, place) => {
    const there = now.childNodes[place];
    const same = there && part(there) !== part(child) ? [...now.children].find((e) => part(e) === part(child)) : there;
    if (!same || (same !== there && !part(child))) now.insertBefore(child, there ?? null);
    else {
      if (same !== there) now.insertBefore(same, there);
      morph(same, child);
    }
  });
  while (now.childNodes.length > wanted.length) now.lastChild.remove();
}

const part = (node) => node.dataset?.part;
