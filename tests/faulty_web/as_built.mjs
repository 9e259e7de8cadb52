// Loads every file that stands in place of one of the reference pages' modules as the service would serve it, beside the page's own, and
// prints as JSON what of the page's own it lacks:
// [{"fault", "file", "missing": [exported names], "unknown": [members that nothing calls], "error": why it can't be loaded}].
//
//   node as_built.mjs PAGES FAULTS FAULT/FILE...

import { existsSync } from "node:fs";
import { register } from "node:module";
import { pathToFileURL } from "node:url";

const [pages, faults, ...files] = process.argv.slice(2).map((each, place) => (place < 2 ? `${pathToFileURL(each).href}/` : each));

const hooks = `
  import { existsSync } from "node:fs";
  let pages, faults;
  export function initialize(data) { ({ pages, faults } = data); }
  export function resolve(specifier, context, next) {
    const parent = context.parentURL ?? "";
    const fault = new URL(parent || "file:///").searchParams.get("fault");
    if (!fault || !specifier.startsWith(".")) return next(specifier, context);
    const folder = parent.startsWith(pages) ? pages : faults + fault + "/";
    const virtual = new URL(specifier, pages + parent.slice(folder.length).split("?")[0]);
    const path = virtual.pathname.slice(new URL(pages).pathname.length);
    const instead = new URL(faults + fault + "/" + path);
    const served = virtual.search !== "?as-built" && existsSync(instead) ? instead : new URL(pages + path);
    served.searchParams.set("fault", fault);
    return { url: served.href, format: "module", shortCircuit: true };
  }
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, import.meta.url, { data: { pages, faults } });

const found = [];
for (const each of files) {
  const [fault, ...rest] = each.split("/");
  const file = rest.join("/");
  if (!existsSync(new URL(pages + file))) throw new Error(`${each} stands in place of nothing`);
  const told = { fault, file, missing: [], unknown: [], error: "" };
  found.push(told);
  try {
    compare(told, await import(`${faults}${fault}/${file}?fault=${fault}`), await import(`${pages}${file}?fault=${fault}`));
  } catch (error) {
    told.error = String(error);
  }
}
process.stdout.write(JSON.stringify(found));

function compare(told, instead, asBuilt) {
  told.missing = Object.keys(asBuilt).filter((name) => !(name in instead));
  for (const [name, value] of Object.entries(instead)) {
    const before = asBuilt[name];
    if (value === before || typeof value !== "function" || !value.prototype) continue;
    const members = [
      ...Object.getOwnPropertyNames(value.prototype).filter((member) => !(member in before.prototype)),
      ...Object.getOwnPropertyNames(value).filter((member) => !(member in before)),
    ];
    told.unknown.push(...members.map((member) => `${name}.${member}`));
  }
}
