'use strict'
const { createRequire } = require('node:module')
const { default: JestRuntime } = require('jest-runtime')

const load = createRequire(__filename)
const given = [
  'test',
  'it',
  'describe',
  'expect',
  'console',
  'beforeAll',
  'afterAll',
  'beforeEach',
  'afterEach',
]

/** What Jest's own code compares with by name, as in `expect.any(String)`: it runs apart, with others of the same name. */
const built = [
  String,
  Number,
  Boolean,
  Symbol,
  BigInt,
  Function,
  Object,
  Array,
  Date,
  RegExp,
  Map,
  Set,
  Promise,
]
const errors = [Error, TypeError, RangeError, SyntaxError, AggregateError]

/** Where the lines of what was compiled stand in our files, for every file that this process has run. */
const sourceMaps = new Map()
let running

load.extensions['.ts'] = (module, path) => {
  module._compile(running.transformCache.transform(path), path)
  for (const [file, map] of running.transformCache.getSourceMaps()) sourceMaps.set(file, map)
}

/**
 * Runs a test file as Node would, with what Jest gives to it: modules, libraries' and our own, are loaded once for all
 * files that a process runs. Jest would read and compile all of them anew for every file, over a second each, most of
 * it for libraries. So a module may keep nothing that a test could leave behind for another; each makes its own data.
 */
module.exports = class extends JestRuntime {
  constructor(config, environment, ...rest) {
    super(config, environment, ...rest)
    for (const one of [...built, ...errors]) environment.global[one.name] = one
  }

  requireModule(from, name, options, isActual) {
    if (name !== undefined || options?.isInternalModule) {
      return super.requireModule(from, name, options, isActual)
    }
    running = this
    for (const name of given) globalThis[name] = this._environment.global[name]
    globalThis.jest = this.jestGlobals.cjsGlobals(from).jest
    delete load.cache[from]
    return load(from)
  }

  getSourceMaps() {
    return sourceMaps
  }
}
