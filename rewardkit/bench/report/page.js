// The browser of wrong verdicts, the theme, the download. Texts of models reach the page as text nodes only.
"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(find(id).textContent);
  const PAGE = 25;
  const PRINTED = 80;
  const KINDS = { false_positive: "False positive", false_negative: "False negative", abstained: "Abstained" };
  const UNSEEN = /((?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029])\1*/gu;

  const make = (name, className, ...children) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };

  // Text in which characters that are not seen, or that turn the direction of others, are named.
  const shown = (text) => {
    const parts = document.createDocumentFragment();
    let end = 0;
    for (const match of text.matchAll(UNSEEN)) {
      parts.append(text.slice(end, match.index));
      const times = match[0].length / match[1].length;
      const name = "U+" + match[1].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      parts.append(make("span", "named", times > 1 ? `${name} ×${times.toLocaleString("en")}` : name));
      end = match.index + match[0].length;
    }
    parts.append(text.slice(end));
    return parts;
  };
  const plain = (text) => shown(text).textContent;
  const count = (number) => number.toLocaleString("en");

  const data = read("wrong-data");
  const rows = data.rows;
  const caseOf = (row) => data.cases[row.case];
  const facets = {
    contestant: (row) => data.contestants[row.contestant],
    kind: (row) => KINDS[data.kinds[row.kind]],
    category: (row) => caseOf(row).category,
    source: (row) => caseOf(row).source,
    outcome: (row) => row.outcome,
  };
  const list = find("rows");
  const search = find("filter-search");
  let chosen = rows;
  let page = 0;

  const fill = (name, value) => {
    const select = find(`filter-${name}`);
    const counts = new Map();
    for (const row of rows) counts.set(value(row), (counts.get(value(row)) || 0) + 1);
    const names = [...counts.keys()];
    if (name === "category" || name === "source") names.sort();
    for (const text of names) {
      const option = make("option", "", `${plain(text) || "(none)"} (${count(counts.get(text))})`);
      option.value = "=" + text;
      select.append(option);
    }
  };

  const haystack = (row) => {
    const one = caseOf(row);
    one.lower ??= [one.prompt, one.reference, one.response, one.id, one.row].join("\n").toLowerCase();
    row.lower ??= [row.reason, ...row.evidence.flat()].join("\n").toLowerCase();
    return [one.lower, row.lower];
  };

  const filter = () => {
    const wanted = Object.entries(facets)
      .map(([name, value]) => [value, find(`filter-${name}`).value])
      .filter(([, text]) => text !== "");
    const text = search.value.trim().toLowerCase();
    chosen = rows.filter(
      (row) =>
        wanted.every(([value, one]) => "=" + value(row) === one) &&
        (text === "" || haystack(row).some((where) => where.includes(text))),
    );
    page = 0;
    render();
  };

  const heading = (title, className, ...content) => make("div", className, make("h3", "", title), ...content);
  const scrolling = (title, text) => {
    const box = make("pre", "", shown(text));
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", title);
    box.dir = "auto";
    return box;
  };
  const value = (text) => {
    const box = make("p", "value", shown(text));
    box.dir = "auto";
    return box;
  };

  const open = (row) => {
    const one = caseOf(row);
    const evidence = row.evidence.filter(([name]) => name !== "answer");
    const answer = row.evidence.find(([name]) => name === "answer");
    const facts = [
      ["Label", one.label ? "right (1)" : "wrong (0)"],
      ["Value", row.value === null ? "None" : String(row.value)],
      ["Outcome", row.outcome],
      ["Category", one.category],
      ["Source", one.source],
      ["Row", one.row],
      ["Id", one.id],
    ].filter(([, text]) => text !== "");
    const listed = (pairs) => {
      const terms = make("dl", "facts");
      for (const [name, text] of pairs) {
        const told = make("dd", "", shown(text));
        told.dir = "auto";
        terms.append(make("dt", "", shown(name)), told);
      }
      return terms;
    };
    const body = make("div", "opened");
    body.append(heading("Why", "whole says", value(row.reason || "No reason was given.")));
    body.append(heading("Prompt", "whole", one.prompt ? scrolling("Prompt", one.prompt) : value("None.")));
    body.append(heading("Reference", "", one.reference ? scrolling("Reference", one.reference) : value("None.")));
    body.append(
      heading("Extracted answer", "", answer ? scrolling("Extracted answer", answer[1]) : value("Not told by this contestant.")),
    );
    body.append(heading("Response", "whole", one.response ? scrolling("Response", one.response) : value("Empty.")));
    if (evidence.length) body.append(heading("Evidence", "whole", listed(evidence)));
    const about = make("dl", "facts about-row");
    for (const [name, text] of facts) {
      const told = make("dd", "", shown(text));
      told.dir = "auto";
      about.append(make("div", "", make("dt", "", name), told));
    }
    body.append(heading("About the row", "whole", about));
    return body;
  };

  const snippet = (name, text) => make("span", "snippet", make("b", "", name), text ? shown(text) : "none");
  const line = (text) => text.replace(/\s+/g, " ").trim();

  const ending = (text) => (text.length > 30 ? "…" : "") + line(text.slice(-200)).slice(-29);

  const item = (row) => {
    const one = caseOf(row);
    const answer = row.evidence.find(([name]) => name === "answer");
    const summary = make(
      "summary",
      "",
      make("span", `kind kind-${row.kind}`, facets.kind(row)),
      make("span", "", shown(facets.contestant(row))),
      snippet("expected", line(one.reference.slice(0, 200))),
      answer ? snippet("extracted", line(answer[1])) : snippet("ends", ending(one.response)),
      make("span", "side", shown(one.category || one.source || one.row)),
    );
    const details = make("details", "", summary);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(open(row));
    });
    return make("li", "", details);
  };

  const render = () => {
    const pages = Math.max(1, Math.ceil(chosen.length / PAGE));
    const first = page * PAGE;
    const part = chosen.slice(first, first + PAGE);
    list.replaceChildren(...part.map(item));
    find("count").textContent =
      chosen.length === rows.length ? `${count(rows.length)} rows` : `${count(chosen.length)} of ${count(rows.length)} rows`;
    find("page").textContent = `Page ${count(page + 1)} of ${count(pages)}`;
    find("printed").textContent = part.length
      ? `Printed here: rows ${count(first + 1)} to ${count(first + part.length)} of ${count(chosen.length)}.`
      : "No rows.";
    find("previous").setAttribute("aria-disabled", String(page === 0));
    find("next").setAttribute("aria-disabled", String(page + 1 >= pages));
    find("pager").hidden = pages === 1;
  };

  const turn = (by) => {
    const pages = Math.ceil(chosen.length / PAGE);
    if (page + by < 0 || page + by >= pages) return;
    page += by;
    render();
    find("count").scrollIntoView({ block: "start" });
  };

  for (const [name, value] of Object.entries(facets)) {
    fill(name, value);
    find(`filter-${name}`).addEventListener("change", filter);
  }
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  find("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
  });
  find("filters").addEventListener("reset", () => setTimeout(filter));
  find("previous").addEventListener("click", () => turn(-1));
  find("next").addEventListener("click", () => turn(1));
  render();

  find("theme").addEventListener("change", (event) => {
    if (event.target.value) document.documentElement.dataset.theme = event.target.value;
    else delete document.documentElement.dataset.theme;
  });

  const saved = find("download");
  if (!find("result-data")) saved.hidden = true;
  saved.addEventListener("click", () => {
    const text = JSON.stringify(read("result-data"), null, 1) + "\n";
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = make("a", "");
    link.href = address;
    link.download = "result.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });

  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      const name = box.querySelector("caption .name")?.textContent || box.querySelector("svg")?.getAttribute("aria-label");
      box.setAttribute("aria-label", name || "Table");
    }
  }

  // Quicker tooltips than the browser's own, and without a second one on top.
  const tip = make("div", "");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const tips = new WeakMap();
  for (const title of document.querySelectorAll("svg title")) {
    tips.set(title.parentNode, title.textContent);
    title.remove();
  }
  document.addEventListener("pointerover", (event) => {
    const text = tips.get(event.target);
    tip.hidden = text === undefined;
    if (tip.hidden) return;
    tip.textContent = text;
    const box = event.target.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - own.width / 2), innerWidth - own.width - 8);
    const above = box.top - own.height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 4 ? above : box.bottom + 8}px`;
  });
  addEventListener("scroll", () => (tip.hidden = true), { passive: true });

  // Paper can't be unfolded; tables of many pages stay folded there unless someone opened them.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details.figures:not([open])")].filter(
      (one) => one.querySelectorAll("tbody tr").length <= PRINTED,
    );
    for (const one of unfolded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of unfolded) one.open = false;
  });
  for (const one of document.querySelectorAll("[data-scripted]")) one.hidden = false;
})();
