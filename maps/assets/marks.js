// Marks on the canvas: one shape an operator, so that colour is never the only difference.
L.Canvas.include({
  _updateMark(layer) {
    if (!this._drawing || layer._empty()) return;
    const { x, y } = layer._point;
    const radius = layer._radius;
    const points = about.shapes[layer.options.shape] || [];
    this._ctx.beginPath();
    if (points.length) {
      points.forEach(([dx, dy], place) => this._ctx[place ? "lineTo" : "moveTo"](x + dx * radius, y + dy * radius));
      this._ctx.closePath();
    } else {
      this._ctx.arc(x, y, radius, 0, 2 * Math.PI);
    }
    this._fillStroke(this._ctx, layer);
  },
});

const fewest = read("sites").features.features.length > 2000 ? 1.3 : 1.9;
const Mark = L.CircleMarker.extend({
  _project() {
    // Small on the whole province, a comfortable target when near.
    const near = Math.max(0, Math.min(1, (this._map.getZoom() - 9) / 4));
    this._radius = (fewest + (7 - fewest) * near) * (this.options.large ? 1.45 : 1);
    L.CircleMarker.prototype._project.call(this);
  },
  _updatePath() {
    this._renderer._updateMark(this);
  },
});

const siteMark = (feature, place) => {
  const { c, s, hollow, large } = feature.properties;
  return new Mark(place, {
    shape: s, large: Boolean(large), color: hollow ? c : "#ffffff", weight: hollow ? 1.6 : 0.7,
    fillColor: hollow ? "#ffffff" : c, fillOpacity: 1, opacity: 1,
  });
};

const proposalMark = (feature, place) => {
  const { t, n, kind } = feature.properties;
  const icon = L.divIcon({
    className: `proposal ${kind === "upgrade" ? "upgrade" : "new_site"}`, iconSize: [20, 20],
    html: element("b", {}, String(n)),
  });
  const marker = L.marker(place, { icon, title: t, alt: t, riseOnHover: true });
  marker.on("add", () => marker.getElement().setAttribute("aria-label", t));
  return marker;
};

// What the cards cover of the map; views and popups keep clear of it.
const insets = () => {
  if (phone.matches) return [[6, 60], [6, 100]];
  const width = (id) => document.getElementById(id).offsetWidth + 16;
  return [[width("left"), 10], [width("right"), 40]];
};
const popup = L.popup({ maxWidth: 320, minWidth: 200 });
const openPopup = (layer, properties, place, { focus = false } = {}) => {
  const content = popupContent(layer, properties);
  const [topLeft, [right, bottom]] = insets();
  popup.options.autoPanPaddingTopLeft = topLeft;
  // On a phone the zoom buttons stand in the lower corner: the text goes above them.
  popup.options.autoPanPaddingBottomRight = [right, phone.matches ? bottom + 140 : bottom];
  popup.setLatLng(place).setContent(content).openOn(map);
  const close = popup.getElement().querySelector(".leaflet-popup-close-button");
  close.setAttribute("aria-label", words.close);
  if (focus) content.focus({ preventScroll: true });
};
