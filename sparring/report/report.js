"use strict";
// The table of trials. What a model wrote goes in by textContent and createTextNode only, never as markup.
(() => {
  const PAGE = 50;
  const SHOWN_CHARS = 140;
  const MAX_CELLS = 4e6; // of the word comparison: above it the two texts are shown without one
  const COLUMNS = ["query", "round", "rows", "target", "outcome", "kind", "category", "argument type", "tool", "strategy", "pass rate"];
  const LABELS = { query: "attack or request", kind: "kind of wrong answer", "pass rate": "right answers" };
  const FILTERS = ["round", "rows", "target", "outcome", "kind", "category", "argument type", "tool family", "tool", "strategy"];

  const content = JSON.parse(document.getElementById("trials-json").textContent);
  const field = Object.fromEntries(content.fields.map((name, index) => [name, index]));
  const table = document.getElementById("trials-table");
  const status = document.getElementById("trials-status");
  const previous = document.getElementById("previous");
  const next = document.getElementById("next");
  const collator = new Intl.Collator("en", { numeric: true });
  const chosen = {};
  let searched = "";
  let haystacks = null;
  let sorted = { column: null, descending: false };
  let rows = content.trials;
  let first = 0;

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children); // strings become text nodes
    return made;
  }

  function control(id, label, input) {
    input.id = id;
    return element("div", {}, element("label", { for: id }, label), input);
  }

  function buildFilters() {
    const form = document.getElementById("filters");
    form.addEventListener("submit", (event) => event.preventDefault());
    const search = element("input", { type: "search", autocomplete: "off" });
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { searched = search.value.toLowerCase(); refresh(); }, 120);
    });
    form.append(control("filter-text", "words in seed, attack, answer", search));
    for (const name of FILTERS) {
      const values = [...new Set(content.trials.map((row) => row[field[name]]))].sort(collator.compare);
      const select = element("select", {}, element("option", { value: "" }, "all"));
      values.forEach((value, index) => {
        if (value !== "") select.append(element("option", { value: String(index) }, clip(value, 60)));
      });
      select.addEventListener("change", () => {
        chosen[name] = select.value === "" ? undefined : values[Number(select.value)];
        refresh();
      });
      form.append(control(`filter-${name.replace(" ", "-")}`, LABELS[name] || name, select));
    }
  }

  function buildHead() {
    const line = element("tr", { role: "row" }, element("th", { role: "columnheader", scope: "col" }, "details"));
    for (const name of COLUMNS) {
      const button = element("button", { type: "button" }, LABELS[name] || name);
      const head = element("th", { role: "columnheader", scope: "col", "aria-sort": "none" }, button);
      button.addEventListener("click", () => {
        sorted = { column: name, descending: sorted.column === name && !sorted.descending };
        for (const other of line.children) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", sorted.descending ? "descending" : "ascending");
        refresh();
      });
      line.append(head);
    }
    table.tHead.append(line);
  }

  function clip(text, length) {
    return text.length > length ? `${text.slice(0, length - 1)}…` : text;
  }

  function matches(row, index) {
    for (const name of FILTERS) if (chosen[name] !== undefined && row[field[name]] !== chosen[name]) return false;
    return searched === "" || haystacks[index].includes(searched);
  }

  // What is not measured comes last in either direction.
  function compare(a, b) {
    const [left, right] = [a[field[sorted.column]], b[field[sorted.column]]];
    const [noLeft, noRight] = [left === null || left === "", right === null || right === ""];
    if (noLeft || noRight) return Number(noLeft) - Number(noRight);
    const order = typeof left === "number" ? left - right : collator.compare(left, right);
    return sorted.descending ? -order : order;
  }

  function refresh() {
    if (searched !== "" && haystacks === null) {
      haystacks = content.trials.map((row) =>
        [content.seeds[row[field.seed]][1], row[field.query], row[field.answer], row[field.id]].join("\n").toLowerCase());
    }
    rows = content.trials.filter(matches);
    if (sorted.column !== null) rows.sort(compare);
    first = 0;
    show();
  }

  function show() {
    const page = rows.slice(first, first + PAGE);
    table.tBodies[0].replaceChildren(...page.map((row, index) => line(row, first + index)));
    const last = first + page.length;
    const total = rows.length.toLocaleString("en");
    status.textContent = rows.length === 0 ? "No trial matches." : `Rows ${first + 1} to ${last} of ${total}.`;
    previous.disabled = first === 0;
    next.disabled = last >= rows.length;
  }

  function line(row, index) {
    const id = `trial-${index}`;
    const button = element("button", { type: "button", "aria-expanded": "false" });
    const name = (verb) => {
      button.textContent = verb;
      button.setAttribute("aria-label", `${verb} trial ${row[field.id]}`);
    };
    name("Show");
    const made = element("tr", { role: "row" }, element("td", { role: "cell" }, button));
    for (const column of COLUMNS) {
      const value = row[field[column]];
      const isHead = column === "query";
      const cell = element(isHead ? "th" : "td", isHead ? { role: "rowheader", scope: "row", dir: "auto" }
        : { role: "cell", "data-label": LABELS[column] || column });
      if (column === "pass rate") cell.textContent = value === null ? "not measured" : `${Math.round(100 * value)} %`;
      else if (isHead) cell.textContent = clip(value, SHOWN_CHARS);
      else cell.append(...breakable(column === "kind" ? value.replaceAll("_", " ") : clip(value, SHOWN_CHARS)));
      made.append(cell);
    }
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      if (open) made.nextElementSibling.remove();
      else made.after(element("tr", { role: "row", class: "detail", id }, element("td", { role: "cell", colspan: String(COLUMNS.length + 1) }, detail(row))));
      button.setAttribute("aria-expanded", String(!open));
      if (open) button.removeAttribute("aria-controls");
      else button.setAttribute("aria-controls", id);
      name(open ? "Show" : "Hide");
    });
    return made;
  }

  // A long name may be broken after its dots, colons and underscores.
  function breakable(text) {
    return text.split(/(?<=[._:])/).flatMap((piece, index) => (index === 0 ? [piece] : [element("wbr"), piece]));
  }

  function detail(row) {
    const [seedId, seed, gold, conversation, tools] = content.seeds[row[field.seed]];
    const attack = row[field.query];
    const list = element("dl");
    const add = (name, ...children) => {
      const text = element("div", { class: "text", dir: "auto", tabindex: "0", role: "group", "aria-label": name }, ...children);
      list.append(element("dt", {}, name), element("dd", {}, text));
      return text;
    };
    if (attack !== seed) add("difference (struck through: only in the seed; underlined: only in the attack)", ...difference(seed, attack));
    add(`seed ${seedId}`, seed);
    if (conversation) add("conversation around it", conversation);
    if (attack !== seed) add(`attack ${row[field.id]}`, attack);
    add("expected", gold).classList.add("code");
    add("got", row[field.answer] || "no answer: it was not asked").classList.add("code");
    const shown = add("tools that the model was shown");
    shown.append(element("details", {}, element("summary", {}, "Show the tools"), element("div", { class: "code" }, tools)));
    add("why", row[field.reason] ? (row[field.outcome] === "rejected" ? `rejected by the gate: ${row[field.reason]}` : row[field.reason]) : "the answer is right");
    return list;
  }

  // Words that are only in the seed (del), only in the attack (ins), and in both, by a longest common subsequence.
  // White space goes with the word before it and is not compared.
  function difference(seed, attack) {
    const [a, b] = [words(seed), words(attack)];
    let start = 0;
    while (start < a.length && start < b.length && a[start].word === b[start].word) start += 1;
    let end = 0;
    while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end].word === b[b.length - 1 - end].word) end += 1;
    const [middleA, middleB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
    if (middleA.length * middleB.length > MAX_CELLS) return ["The texts are too long to compare word by word."];
    const parts = [["same", b.slice(0, start)], ...aligned(middleA, middleB), ["same", b.slice(b.length - end)]];
    return parts.filter(([, found]) => found.length > 0).map(([kind, found]) => {
      const text = found.map((one) => one.text).join("");
      return kind === "same" ? document.createTextNode(text) : element(kind, {}, text);
    });
  }

  function words(text) {
    return (text.match(/^\s+|\S+\s*/g) || []).map((found) => ({ text: found, word: found.trimEnd() }));
  }

  function aligned(a, b) {
    const width = b.length + 1;
    const lengths = new Uint32Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i -= 1) {
      for (let j = b.length - 1; j >= 0; j -= 1) {
        lengths[i * width + j] = a[i].word === b[j].word
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
      }
    }
    const parts = [];
    const push = (kind, found) => {
      if (parts.length > 0 && parts[parts.length - 1][0] === kind) parts[parts.length - 1][1].push(found);
      else parts.push([kind, [found]]);
    };
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i].word === b[j].word) { push("same", b[j]); i += 1; j += 1; }
      else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) { push("del", a[i]); i += 1; }
      else { push("ins", b[j]); j += 1; }
    }
    return parts;
  }

  function buildLevels() {
    const levels = [...document.querySelectorAll(".level")];
    const select = document.getElementById("level");
    const choose = () => levels.forEach((level) => { level.hidden = level.id !== select.value; });
    select.addEventListener("change", choose);
    choose();
  }

  previous.addEventListener("click", () => { first = Math.max(0, first - PAGE); show(); });
  next.addEventListener("click", () => { first += PAGE; show(); });
  // A link into a folded part opens it.
  function unfold() {
    const found = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    const part = found ? found.querySelector("details.part") : null;
    if (part !== null) part.open = true;
  }

  window.addEventListener("hashchange", unfold);
  unfold();
  buildLevels();
  buildFilters();
  buildHead();
  show();
})();
