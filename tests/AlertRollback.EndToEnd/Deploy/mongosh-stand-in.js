// Runs a mongosh script against collections in memory: node mongosh-stand-in.js SCRIPT < collections.json. MongoDB is not in
// Debian; this knows just the operators that the shipped scripts use, and throws on any other. Prints what the script printed,
// then the collections as JSON.
const fs = require('fs');
const vm = require('vm');

const collections = JSON.parse(fs.readFileSync(0, 'utf8'));
const rows = (name) => (collections[name] ??= []);

function unknown(what) {
  throw new Error(`the stand-in does not know ${what}`);
}

function matchesField(value, test) {
  if (typeof test !== 'object' || test === null) return value === test;
  return Object.entries(test).every(([operator, wanted]) => {
    if (operator === '$in') return wanted.includes(value);
    if (operator === '$exists') return (value !== undefined) === wanted;
    if (operator === '$gte') return value !== undefined && (wanted instanceof Date ? new Date(value) >= wanted : value >= wanted);
    return unknown(operator);
  });
}

function evaluate(document, expression) {
  if (typeof expression === 'string' && expression.startsWith('$')) return document[expression.slice(1)];
  if (typeof expression !== 'object') return expression;
  if (expression.$convert?.to === 'double') {
    const input = evaluate(document, expression.$convert.input);
    if (input === undefined || input === null) return expression.$convert.onNull;
    return Number.isNaN(Number(input)) ? expression.$convert.onError : Number(input);
  }
  if (expression.$gte) {
    const [left, right] = expression.$gte.map((e) => evaluate(document, e));
    return left !== null && left >= right;               // null sorts before every number
  }
  return unknown(JSON.stringify(expression));
}

function matches(document, filter) {
  return Object.entries(filter).every(([key, test]) => {
    if (key === '$or') return test.some((f) => matches(document, f));
    if (key === '$expr') return evaluate(document, test);
    if (key.startsWith('$')) return unknown(key);
    return matchesField(document[key], test);
  });
}

function collection(name) {
  return {
    countDocuments: (filter) => rows(name).filter((d) => matches(d, filter)).length,
    deleteMany(filter) {
      const gone = rows(name).filter((d) => matches(d, filter));
      collections[name] = rows(name).filter((d) => !gone.includes(d));
      return { deletedCount: gone.length };
    },
    updateMany(filter, update) {
      const found = rows(name).filter((d) => matches(d, filter));
      const before = JSON.stringify(found);
      for (const document of found) {
        Object.keys(update.$unset ?? {}).forEach((field) => delete document[field]);
        Object.assign(document, update.$set);
      }
      return { modifiedCount: before === JSON.stringify(found) ? 0 : found.length };
    },
    aggregate([{ $match }, { $project }, { $merge }]) {
      if ($project.document !== '$$ROOT' || $merge.whenMatched !== 'keepExisting') unknown('another pipeline');
      for (const document of rows(name).filter((d) => matches(d, $match))) {
        const id = { collection: $project._id.collection, id: document._id };
        const target = rows($merge.into);
        if (!target.some((d) => JSON.stringify(d._id) === JSON.stringify(id))) target.push({ _id: id, document: structuredClone(document) });
      }
      return { toArray: () => [] };
    },
  };
}

const runCommand = (command) => (command.ping ? { ok: 1 } : unknown(JSON.stringify(command)));
const db = new Proxy({ getCollection: collection, getSiblingDB: () => db, runCommand }, { get: (own, name) => own[name] ?? collection(name) });
vm.runInNewContext(fs.readFileSync(process.argv[2], 'utf8'), { db, print: console.log, EJSON: JSON, ISODate: (text) => new Date(text) });
console.log(JSON.stringify(collections));
