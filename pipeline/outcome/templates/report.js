"use strict";
// Above each table with a column of groups: a list to choose one from. Without this script all rows are shown.
for (const place of document.querySelectorAll("[data-filter]")) {
  const rows = [...place.querySelectorAll("tr[data-group]")];
  const table = place.querySelector("table");
  const groups = new Set([...table.querySelectorAll("tr[data-group]")].map((row) => row.dataset.group));
  if (groups.size < 2) continue;

  const label = document.createElement("label");
  const select = document.createElement("select");
  const shown = document.createElement("p");
  select.id = "filter-" + table.id;
  select.autocomplete = "off";
  label.htmlFor = select.id;
  label.textContent = "Filter by " + place.dataset.filter;
  shown.setAttribute("role", "status");
  select.add(new Option("All", ""));
  for (const group of groups) select.add(new Option(group, group));

  select.addEventListener("change", () => {
    for (const row of rows) row.hidden = select.value !== "" && row.dataset.group !== select.value;
    const all = [...table.tBodies[0].rows];
    const left = all.filter((row) => !row.hidden);
    const kept = left.some((row) => !row.dataset.group) ? ", with all respondents to compare" : "";
    shown.textContent = select.value ? `Showing ${left.length} of ${all.length} rows${kept}.` : `Showing all ${all.length} rows.`;
  });

  const filter = document.createElement("div");
  filter.className = "filter";
  filter.append(label, select, shown);
  place.prepend(filter);
}

// What fits its place needs no key to be scrolled, so it is no stop of the tab key.
const fits = new ResizeObserver((entries) => {
  for (const { target } of entries) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
for (const region of document.querySelectorAll(".scroll")) fits.observe(region);

// For browsers that do not unfold what a link leads to.
function unfold() {
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = [...document.querySelectorAll("details:not([open])")].filter((details) => details.contains(place));
  for (const details of folded) details.open = true;
  if (folded.length) place.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();

// For browsers that keep what is folded off the paper.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.behind:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
