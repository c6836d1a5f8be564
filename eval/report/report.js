"use strict";
(() => {
  const root = document.documentElement;
  const codes = { zh: "zh-Hans", en: "en" };
  // A page opened from a file, or with storage switched off, may not remember anything: then it simply does not.
  const recall = (key) => {
    try { return localStorage.getItem(`shujia-report-${key}`); } catch { return null; }
  };
  const remember = (key, value) => {
    try { localStorage.setItem(`shujia-report-${key}`, value); } catch { /* shown, not remembered */ }
  };
  const press = (group, value) => {
    for (const button of document.querySelectorAll(`[data-${group}]`)) {
      button.setAttribute("aria-pressed", String(button.getAttribute(`data-${group}`) === value));
    }
  };
  // A <title> or <desc> holds one text only; where the two differ, both stand in its attributes.
  const speak = (language) => {
    root.lang = codes[language];
    for (const element of document.querySelectorAll("[data-zh]")) {
      element.textContent = element.getAttribute(`data-${language}`);
    }
    press("set-language", language);
  };
  const paint = (theme) => {
    root.dataset.theme = theme;
    press("set-theme", theme);
  };
  const language = recall("language");
  const theme = recall("theme");
  // Who wrote the report chose no language: then it opens in the first of the reader's that it has.
  const wished = root.hasAttribute("data-follow") ? navigator.languages.map((one) => one.slice(0, 2).toLowerCase()) : [];
  const written = root.lang === "en" ? "en" : "zh";
  const first = language in codes ? language : wished.find((one) => one in codes) ?? written;
  root.lang = codes[first];
  root.dataset.theme = ["light", "dark"].includes(theme) ? theme : "auto"; // before anything is drawn: no flash
  document.addEventListener("DOMContentLoaded", () => {
    speak(first);
    paint(root.dataset.theme);
    for (const bar of document.querySelectorAll(".switches")) bar.hidden = false;
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { setLanguage, setTheme } = button.dataset;
      if (setLanguage) { speak(setLanguage); remember("language", setLanguage); }
      if (setTheme) { paint(setTheme); remember("theme", setTheme); }
    });
  });
  // On paper every case is open, and folded again afterwards.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.case:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
})();
