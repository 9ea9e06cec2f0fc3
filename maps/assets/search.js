// Search over communes, proposals and sites, with or without accents.
const searchText = document.getElementById("search-text");
const searchList = document.getElementById("search-list");
const LONGEST = 12;
let entries = null;
let found = [];
let active = -1;

const makeEntries = () => {
  const all = [];
  const add = (name, note, go) => {
    if (!block(name)) return;
    const layer = read(name);
    for (const feature of layer.features.features) {
      const { t, v } = feature.properties;
      const hint = note(v, feature.properties);
      all.push({ title: t, hint, folded: fold(`${t} ${hint}`), go: () => go(layer, feature) });
    }
  };
  const place = (feature) => L.latLng(feature.geometry.coordinates[1], feature.geometry.coordinates[0]);
  const toPoint = (name) => (layer, feature) => {
    const box = document.querySelector(`[data-layer="${name}"]`);
    if (!box.checked) box.click();
    map.setView(place(feature), Math.max(map.getZoom(), 13));
    openPopup(layer, feature.properties, place(feature), { focus: true });
  };
  add("communes", (v) => `${v[1]} · ${v[0]}`, (layer, feature) => {
    fit(L.geoJSON(feature).getBounds());
    openPopup(layer, feature.properties, feature.properties.p, { focus: true });
  });
  add("proposals", (v) => `${words.proposals} · ${v[2]}`, toPoint("proposals"));
  add("sites", (v) => `${v[0]} · ${v[6]}`, toPoint("sites"));
  return all;
};

const find = (text) => {
  entries ||= makeEntries();
  const wanted = fold(text);
  if (!wanted) return [];
  const rank = (entry) => (entry.folded.startsWith(wanted) ? 0 : entry.folded.includes(` ${wanted}`) ? 1 : entry.folded.includes(wanted) ? 2 : 3);
  return [0, 1, 2].flatMap((level) => entries.filter((entry) => rank(entry) === level)).slice(0, LONGEST);
};

const choose = (entry) => {
  closeSearch();
  searchText.value = entry.title;
  entry.go();
};
const closeSearch = () => {
  searchList.hidden = true;
  active = -1;
  searchText.setAttribute("aria-expanded", "false");
  searchText.removeAttribute("aria-activedescendant");
};
const markActive = () => {
  [...searchList.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
  if (active >= 0) {
    searchText.setAttribute("aria-activedescendant", `search-${active}`);
    searchList.children[active].scrollIntoView({ block: "nearest" });
  }
};
const showFound = () => {
  found = find(searchText.value);
  active = -1;
  searchList.replaceChildren(...found.map((entry, place) => {
    const item = element("li", { role: "option", id: `search-${place}`, "aria-selected": "false" }, element("b", {}, entry.title), " ", element("small", {}, entry.hint));
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => choose(entry));
    return item;
  }));
  if (!found.length && searchText.value.trim()) searchList.append(element("li", { class: "empty" }, words.nothing_found));
  searchList.hidden = !searchText.value.trim();
  searchText.setAttribute("aria-expanded", String(!searchList.hidden));
};
searchText.addEventListener("input", showFound);
searchText.addEventListener("focus", () => searchText.select());
searchText.addEventListener("blur", closeSearch);
searchText.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && found.length) {
    active = (active + step + found.length) % found.length;
    markActive();
    event.preventDefault();
  } else if (event.key === "Enter" && found.length) {
    choose(found[Math.max(active, 0)]);
    event.preventDefault();
  } else if (event.key === "Escape") closeSearch();
});
