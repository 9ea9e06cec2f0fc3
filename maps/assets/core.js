// Data, words, figures and DOM: the helpers everything below uses.
const block = (name) => document.getElementById(`data-${name}`);
const parsed = new Map();
const read = (name) => {
  if (!parsed.has(name)) parsed.set(name, block(name) ? JSON.parse(block(name).textContent) : null);
  return parsed.get(name);
};
const about = read("about");
const words = about.words;
const phone = window.matchMedia("(max-width: 760px)");
const coarse = window.matchMedia("(pointer: coarse)").matches;

const element = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children); // strings become text nodes: data can never become markup
  return node;
};

const number = (value, decimals = 0) =>
  value === null || value === undefined
    ? "–"
    : new Intl.NumberFormat(about.language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);

// A share short of everything is never written as 100 %, one above nothing never as 0 %.
const percent = (share) => {
  const shown = share > 0 && share < 1 ? Math.min(Math.max(share * 100, 0.1), 99.9) : share * 100;
  return `${number(shown, 1)} %`;
};

const write = {
  text: (value) => (value === null || value === "" ? "–" : String(value)),
  number: (value, field) => (value === null ? "–" : `${number(value, field.decimals)} ${field.unit}`.trim()),
  money: (value) => (value === null ? "–" : `${number(value / 1e9, 2)} ${words.billion_vnd}`),
  ratio: ([part, whole], field) =>
    part === null || !whole ? "–" : `${percent(part / whole)} (${number(part)} / ${number(whole)} ${field.unit})`,
};

const popupContent = (layer, properties) => {
  const rows = layer.fields.map((field, place) =>
    element("div", {}, element("dt", {}, field.label), element("dd", {}, write[field.form](properties.v[place], field))));
  return element("div", { class: "popup", tabindex: "-1" }, element("h3", {}, properties.t), element("dl", {}, ...rows));
};

// What a planner types: no accents, no capitals, đ as d.
const fold = (text) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase().trim();
