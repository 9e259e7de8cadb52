(function () {
  "use strict";
  var rows = Array.prototype.slice.call(document.querySelectorAll("details.row"));
  var chips = Array.prototype.slice.call(document.querySelectorAll("button[data-verdict]"));
  var search = document.getElementById("search");
  var none = document.getElementById("none");

  function apply() {
    var wanted = chips.filter(function (chip) { return chip.getAttribute("aria-pressed") === "true"; })
      .map(function (chip) { return chip.dataset.verdict; });
    var words = search.value.trim().toLowerCase();
    var shown = 0;
    rows.forEach(function (row) {
      var fits = (!wanted.length || wanted.indexOf(row.dataset.verdict) >= 0) &&
        (!words || row.textContent.toLowerCase().indexOf(words) >= 0);
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    document.querySelectorAll("section.stage").forEach(function (section) {
      section.hidden = !section.querySelector("details.row:not([hidden])");
    });
    none.hidden = shown > 0;
  }

  chips.forEach(function (chip) {
    chip.addEventListener("click", function () {
      chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
      apply();
    });
  });
  search.addEventListener("input", apply);
  document.getElementById("all").addEventListener("click", function () {
    var open = rows.some(function (row) { return !row.hidden && !row.open; });
    rows.forEach(function (row) { if (!row.hidden) { row.open = open; } });
  });

  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches("details")) {
      target.hidden = false;
      target.closest("section").hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  }
  window.addEventListener("hashchange", reveal);
  reveal();
  document.querySelectorAll("[data-script]").forEach(function (part) { part.hidden = false; });
})();
