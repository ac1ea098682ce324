// Elements with attributes and contents; text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, contents) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...contents);
  return element;
}

export const html = (name, attributes = {}, ...contents) => filled(document.createElement(name), attributes, contents);
export const svg = (name, attributes = {}, ...contents) =>
  filled(document.createElementNS(SVG, name), attributes, contents);
