// Elements: found, and made.
"use strict";

const $ = selector => document.querySelector(selector);

// Makes an element: `make("a", { href, class }, "text", child)`.
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "path", "line", "title"].includes(tag) && attributes.svg !== false;
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child != null));
  return element;
}
