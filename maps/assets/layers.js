// Layers: made when first shown, kept afterwards.
const canvas = L.canvas({ padding: 0.3, tolerance: coarse ? 14 : 3 });
for (const [name, level] of [["surface", 350], ["names", 590]]) {
  map.createPane(name).style.zIndex = level;
  map.getPane(name).style.pointerEvents = "none";
}

const choices = (selector) => [...document.querySelectorAll(selector)];
const isOn = (name) => Boolean(document.querySelector(`[data-layer="${name}"]`)?.checked);
const theme = () => document.querySelector('[name="surface"]:checked').value;

const lineStyle = {
  roads: (feature) => {
    const [color, weight] = about.roads[feature.properties.class] || about.roads.district;
    return { color, weight, opacity: 0.9 };
  },
  fibre: () => ({ color: about.colours.fibre, weight: 1.6, opacity: 0.9 }),
  industrial_parks: () => ({ color: "#6b4c9a", weight: 1.5, fillColor: "#6b4c9a", fillOpacity: 0.15 }),
  connections: () => ({ color: about.colours.connection, weight: 3, dashArray: "8 5", opacity: 0.95 }),
  communes: (feature) => {
    const level = { communes_today: feature.properties.today, communes_planned: feature.properties.planned }[theme()];
    return {
      color: about.colours.ink, weight: isOn("borders") ? 0.9 : 0, opacity: 0.6, fillColor: level || "#ffffff",
      // An invisible fill still answers a click.
      fillOpacity: level ? Number(opacity.value) / 100 : 0,
    };
  },
};

const interactive = new Set(["communes", "sites", "proposals", "connections"]);
const made = {};
const opacity = document.getElementById("opacity");
const layerOf = (name) => {
  if (made[name] || !block(name)) return made[name];
  const layer = read(name);
  const open = (feature, event, options) =>
    openPopup(layer, feature.properties, event.latlng || feature.place, options);
  made[name] = L.geoJSON(layer.features, {
    renderer: canvas, interactive: interactive.has(name), style: lineStyle[name],
    pointToLayer: (feature, place) =>
      name === "sites" ? siteMark(feature, place).setStyle({ renderer: canvas })
        : name === "proposals" ? proposalMark(feature, place)
          : L.circleMarker(place, { renderer: canvas, radius: 2, weight: 0, fillColor: "#4d4d4d", fillOpacity: 0.9, interactive: false }),
    onEachFeature: (feature, item) => {
      if (!interactive.has(name)) return;
      feature.place = item.getLatLng ? item.getLatLng() : null;
      item.on("click", (event) => open(feature, item.getLatLng ? {} : event));
      item.on("keypress", (event) => {
        if (["Enter", " "].includes(event.originalEvent.key)) open(feature, {}, { focus: true });
      });
    },
  });
  return made[name];
};

// --- surfaces: one picture at a time, decoded when chosen ---
let surface = null;
const pictures = {};
const showSurface = () => {
  const name = theme();
  if (surface) map.removeLayer(surface);
  const place = about.surfaces.indexOf(name);
  if (place >= 0) {
    pictures[name] ||= L.imageOverlay(read(`surface-${place}`), about.bounds, { pane: "surface", className: "surface" });
    surface = pictures[name].setOpacity(Number(opacity.value) / 100).addTo(map);
  }
  made.communes.setStyle(lineStyle.communes);
};

// --- commune names: the larger first, no two on top of each other ---
const names = L.layerGroup();
const nameMarks = [];
const makeNames = () => {
  for (const feature of read("communes").features.features) {
    const text = feature.properties.t;
    const icon = L.divIcon({ className: "name", iconSize: [0, 0], html: element("span", { "aria-hidden": "true" }, text) });
    const marker = L.marker(feature.properties.p, { icon, pane: "names", interactive: false, keyboard: false });
    nameMarks.push({ marker, text, population: feature.properties.v[2] || 0 });
    names.addLayer(marker);
  }
  nameMarks.sort((a, b) => b.population - a.population);
};
const thinNames = () => {
  const taken = [];
  for (const { marker, text } of nameMarks) {
    const node = marker.getElement();
    if (!node) continue;
    const { x, y } = map.latLngToLayerPoint(marker.getLatLng());
    const box = [x - 3.6 * text.length - 4, y - 9, x + 3.6 * text.length + 4, y + 9];
    const free = taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
    node.style.display = free ? "" : "none"; // the library's own display rule beats the hidden attribute
    if (free) taken.push(box);
  }
};

// --- toggles ---
const order = ["communes", "industrial_parks", "roads", "fibre", "connections", "hamlets", "sites"];
const stack = () => {
  // One canvas answers every click, so what lies on top is settled here and not by the order of toggling.
  for (const name of order) if (made[name] && map.hasLayer(made[name])) made[name].eachLayer((item) => item.bringToFront());
};
const showLayer = (name) => {
  const on = isOn(name);
  for (const legend of choices(`[data-legend="${name}"]`)) legend.hidden = !on;
  if (name === "borders") return made.communes.setStyle(lineStyle.communes);
  const layer = name === "labels" ? names : layerOf(name);
  if (!layer) return;
  if (on) layer.addTo(map);
  else map.removeLayer(layer);
  if (name === "labels") thinNames();
  stack();
};
const showLegend = () => {
  // Two buttons may stand for one surface, so the chosen name decides and not each button.
  for (const { value } of choices('[name="surface"]')) {
    const legend = document.querySelector(`section[data-legend="${CSS.escape(value)}"]`);
    if (legend) legend.hidden = value !== theme();
  }
};
