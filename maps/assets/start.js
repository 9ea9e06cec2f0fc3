// Start: the view, the base layers, the controls.
const fit = (bounds) => {
  const [paddingTopLeft, paddingBottomRight] = insets();
  map.fitBounds(bounds, { animate: false, paddingTopLeft, paddingBottomRight });
};
const home = () => fit(about.bounds);
if (phone.matches) for (const id of ["summary", "layers", "legend"]) document.getElementById(id).open = false;
home();
map.setMinZoom(Math.floor(map.getZoom()) - 1).setMaxZoom(18).setMaxBounds(L.latLngBounds(about.bounds).pad(0.6));

layerOf("communes").addTo(map);
makeNames();
for (const box of choices("[data-layer]")) {
  showLayer(box.dataset.layer);
  box.addEventListener("change", () => showLayer(box.dataset.layer));
}
for (const radio of choices('[name="surface"]')) {
  radio.addEventListener("change", () => { showSurface(); showLegend(); });
}
opacity.addEventListener("input", showSurface);
showSurface();
showLegend();
map.on("zoomend", thinNames);

// On a phone one sheet at a time, gone at a touch of the map.
const sheets = choices("#left > details, #right > details, #tables");
for (const sheet of sheets) {
  sheet.addEventListener("toggle", () => {
    if (sheet.open && phone.matches) for (const other of sheets) if (other !== sheet) other.open = false;
  });
}

map.on("click", () => { if (phone.matches) for (const sheet of sheets) sheet.open = false; });

L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
L.control.zoom({ position: "bottomleft", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
const zoomBar = document.querySelector(".leaflet-control-zoom");
const whole = element("a", { href: "#", role: "button", title: words.whole, "aria-label": words.whole }, "⤢");
L.DomEvent.on(whole, "click", (event) => { L.DomEvent.stop(event); home(); });
zoomBar.append(whole);

// --- position: WGS 84 and the plan's metres, from the polynomial fitted when the page was made ---
const toMetres = (lon, lat) => {
  const { degree, centre, half, x, y } = about.crs;
  const u = (lon - centre[0]) / half[0];
  const v = (lat - centre[1]) / half[1];
  let place = 0;
  const sum = { east: 0, north: 0 };
  for (let i = 0; i <= degree; i += 1) {
    for (let j = 0; j <= degree - i; j += 1, place += 1) {
      const term = u ** i * v ** j;
      sum.east += x[place] * term;
      sum.north += y[place] * term;
    }
  }
  return sum;
};
map.on("click", ({ latlng: { lat, lng } }) => {
  const inside = L.latLngBounds(about.bounds).contains([lat, lng]);
  const { east, north } = toMetres(lng, lat);
  const metres = inside ? ` · ${about.crs.title}: X (N) ${number(north)} m, Y (E) ${number(east)} m` : "";
  document.getElementById("position").textContent = `WGS 84: ${number(lat, 5)}; ${number(lng, 5)}${metres}`;
});

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // following the link would take the focus back
  const tables = document.getElementById("tables");
  tables.open = true;
  tables.querySelector("summary").focus();
});

document.documentElement.dataset.ready = String(Math.round(performance.now()));
