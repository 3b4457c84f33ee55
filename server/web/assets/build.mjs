/**
 * Builds public/assets: stylesheet, script and fonts, under names that carry their content's hash, so
 * browsers keep them for good. `manifest.json` maps `app.css` to its name of today. Runs before the
 * compiler and before tests, so it is plain JavaScript, and does nothing when nothing changed.
 */
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const out = join(root, 'public/assets')
const modules = join(root, 'node_modules')
const pretendard = join(modules, 'pretendard/dist/web/variable')
const noto = join(modules, '@fontsource-variable/noto-sans-kr')
/** What the browser runs of the server's own code: it checks receipts with the same files. */
const sharedWithServer = [
  'server/ledger/receipts',
  'server/ledger/tree',
  'server/web/show-moment.ts',
]
/**
 * Hanja only: Pretendard has none, and for the rest its letters are ours. The file has the 4,888 of
 * KS X 1001; a rarer one in a name comes from the fonts of the reader's own device.
 */
const hanjaRanges = [
  [0x2e80, 0x2fdf],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x3ffff],
]

function filesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path) : [path]
  })
}

const hash = (content, length = 10) =>
  createHash('sha256').update(content).digest('hex').slice(0, length)

/** Never half a file for a process that reads meanwhile: written beside, then renamed. */
function write(name, content) {
  const path = join(out, name)
  if (existsSync(path)) return
  replace(name, content)
}

function replace(name, content) {
  const path = join(out, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}.tmp`, content)
  renameSync(`${path}.${process.pid}.tmp`, path)
}

/** A text file under its hashed name, with a Brotli copy beside it for those who take it. */
function writeText(logical, content) {
  const [, base, extension] = /^(.+)\.(\w+)$/.exec(logical)
  const name = `${base}.${hash(content)}.${extension}`
  write(name, content)
  write(
    `${name}.br`,
    brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  )
  return name
}

/** The words of pages that people see on a first visit; those of all others may need one more small file. */
const firstPages = new Set(
  'layout common about matters intake claims filed ledger verify receipts errors'.split(' '),
)

/**
 * All characters our own words can show: languages, shipped matters, views, and the signs of Latin-1. Its
 * accented letters stand in people's names alone, and those have the font of typed text. `more` are those
 * that no page of a first visit shows.
 */
function uiCharacters() {
  const characters = new Set()
  const later = new Set()
  for (let code = 0x20; code < 0xc0; code += 1) {
    if (code < 0x7f || code > 0x9f) characters.add(String.fromCodePoint(code))
  }
  for (const one of '–—‘’“”•…←→✓×₩€·') characters.add(one)
  // Letters are drawn by the reader's mail program.
  const isMail = (path) => /[\\/]mail([\\/]|\.json$)/.test(path)
  const sources = ['server/web/languages', 'server/matters/shipped', 'views']
    .flatMap((folder) => filesIn(join(root, folder)))
    .filter((path) => !isMail(path))
  // What is signed is shown in the font of typed text: pages of words that few visits need.
  const documents = /^ {4}(text|oath):\n(?: {6,}.*\n|\n)+/gm
  // Of a case a first visit shows what stands before its signature; its form comes after.
  const form = /^signature:\n[^]*/m
  for (const path of sources) {
    const text = path.endsWith('.json') ? wordsOfPages(path) : readFileSync(path, 'utf8')
    const words = path.endsWith('.yaml') ? text.replace(documents, '') : text
    // An opt-out or an objection is come to from its case.
    const isLater = path.endsWith('.json')
      ? !firstPages.has(basename(path, '.json'))
      : /^of: /m.test(text)
    const shown = path.endsWith('.json')
      ? wordsOfPages(path, { first: true })
      : words.replace(path.endsWith('.yaml') ? form : /$^/, '')
    const first = isLater ? '' : shown
    for (const one of first.normalize('NFC')) characters.add(one)
    for (const one of words.normalize('NFC')) later.add(one)
  }
  // Korean particles and counters that code joins to names and numbers at run time.
  for (const one of '을를이가은는와과으로년월일시분초명건원개차') characters.add(one)
  const sorted = (some) =>
    [...some].filter((one) => one >= ' ').toSorted((a, b) => (a < b ? -1 : 1))
  return {
    first: sorted(characters),
    more: sorted([...later].filter((one) => !characters.has(one))),
  }
}

/**
 * The words of a language file without those of papers, which have a font of their own; for a first visit also
 * without what is said beside a field, which comes with a second.
 */
function wordsOfPages(path, { first = false } = {}) {
  const { paper: _paper, field, ...words } = JSON.parse(readFileSync(path, 'utf8'))
  return JSON.stringify(first ? words : { field, ...words })
}

/** Even columns of figures, spacing, accents; not the alternative shapes, which are a third of the file. */
const fontFeatures = ['tnum', 'kern', 'ccmp', 'locl', 'mark', 'mkmk']

async function uiFont(logical, characters) {
  const text = characters.join('')
  const name = `${logical}.${hash(`${text} 400-750 pretendard ${versionOf('pretendard')} ${fontFeatures.join()}`)}.woff2`
  if (!existsSync(join(out, name))) {
    const { default: subsetFont } = await import('subset-font')
    const font = await subsetFont(
      readFileSync(join(pretendard, 'woff2/PretendardVariable.woff2')),
      text,
      {
        targetFormat: 'woff2',
        variationAxes: { wght: { min: 400, max: 750, default: 400 } },
        keepFeatures: fontFeatures,
        noHinting: true,
      },
    )
    write(name, font)
  }
  return name
}

/** What a paper may hold: names of cases come from the database, so every syllable and not only those of our words. */
const paperRanges = [
  [0x20, 0x7e],
  [0xa0, 0x17f],
  [0x2010, 0x203a],
  [0x20a9, 0x20ac],
  [0x2190, 0x2193],
  [0x3000, 0x3015],
  [0x3131, 0x318e],
  [0xac00, 0xd7a3],
]

/**
 * A font of papers, as TrueType because pdfkit reads that quickest. Without the alternative shapes of the
 * full font, whose tables cost it some 100 ms a document, and with those that tell I, l, 1 and 0, O apart.
 */
async function paperFont(weight) {
  const file = join(modules, `pretendard/dist/public/static/alternative/Pretendard-${weight}.ttf`)
  const features = ['tnum', 'zero', 'ss06']
  const inputs = `${versionOf('pretendard')} ${JSON.stringify(paperRanges)} ${features.join()}`
  const name = `paper-${weight.toLowerCase()}.${hash(inputs)}.ttf`
  if (!existsSync(join(out, name))) {
    const { default: subsetFont } = await import('subset-font')
    const text = paperRanges
      .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at))
      .map((code) => String.fromCodePoint(code))
      .join('')
    const options = { targetFormat: 'truetype', keepFeatures: features, noHinting: true }
    write(name, await subsetFont(readFileSync(file), text, options))
  }
  return name
}

/**
 * Hanja of papers, which the font of their text has not: Korean shapes first, and those of Japan for what
 * Korea's font lacks, such as the older forms of Extension A. pdfkit embeds what a paper uses of them.
 */
async function hanjaFont(country, without = []) {
  const name = `@embedpdf/fonts-${country}`
  const file = join(modules, name, `fonts/NotoSans${country.toUpperCase()}-Regular.otf`)
  const inputs = `${name} ${versionOf(name)} ${JSON.stringify(hanjaRanges)} ${without.length}`
  const logical = `paper-hanja-${country}.${hash(inputs)}.otf`
  const { characterSet } = (await import('fontkit')).openSync(file)
  const left = new Set(without)
  const own = characterSet.filter(
    (code) => !left.has(code) && hanjaRanges.some(([from, to]) => code >= from && code <= to),
  )
  if (!existsSync(join(out, logical))) {
    const { default: subsetFont } = await import('subset-font')
    const text = own.map((code) => String.fromCodePoint(code)).join('')
    const options = { targetFormat: 'sfnt', noHinting: true }
    write(logical, await subsetFont(readFileSync(file), text, options))
  }
  return { logical, own }
}

/** Every character that a paper can show, as ranges: what is asked when a name is entered. */
async function paperCoverage(regular, hanja) {
  const { characterSet } = (await import('fontkit')).openSync(join(out, regular))
  const codes = [...new Set([...characterSet, ...hanja])].toSorted((a, b) => a - b)
  const ranges = []
  for (const code of codes) {
    const last = ranges.at(-1)
    if (last && last[1] === code - 1) last[1] = code
    else ranges.push([code, code])
  }
  return JSON.stringify(ranges)
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version
}

function rangesOf(list) {
  return list.split(',').map((part) => {
    const [from, to = from] = part.trim().slice(2).split('-')
    return [parseInt(from, 16), parseInt(to, 16)]
  })
}

const rangeText = ([from, to]) =>
  from === to ? `U+${from.toString(16)}` : `U+${from.toString(16)}-${to.toString(16)}`

/** The @font-face rules of a split font, its files copied to `folder`, narrowed to `only` when given. */
function splitFont({ css, folder, family, weight, only }) {
  const from = dirname(css)
  const rules = []
  for (const [, body] of readFileSync(css, 'utf8').matchAll(/@font-face\s*\{([^}]+)\}/g)) {
    const file = /url\(["']?([^"')]+)/.exec(body)[1]
    const wanted = rangesOf(/unicode-range:\s*([^;]+)/.exec(body)[1])
      .flatMap(([a, b]) =>
        only
          ? only
              .map(([c, d]) => [Math.max(a, c), Math.min(b, d)])
              .filter(([start, end]) => start <= end)
          : [[a, b]],
      )
      .map(rangeText)
    if (!wanted.length) continue
    const name = `${folder}/${/(\d+)[^/]*$/.exec(file)?.[1] ?? 'x'}-${hash(file, 6)}.woff2`
    if (!existsSync(join(out, name))) {
      mkdirSync(join(out, folder), { recursive: true })
      copyFileSync(join(from, file), join(out, `${name}.${process.pid}.tmp`))
      renameSync(join(out, `${name}.${process.pid}.tmp`), join(out, name))
    }
    rules.push(
      `@font-face{font-family:"${family}";font-weight:${weight};font-display:swap;src:url(${name}) format("woff2");unicode-range:${wanted.join(',')}}`,
    )
  }
  return rules.join('\n')
}

/** The policy forbids data: pictures, so the stylesheet names files, by the names they have in `manifest`. */
async function stylesheet(manifest, more) {
  const sass = await import('sass')
  const { css } = sass.compile(join(root, 'public/css/app.scss'), {
    style: 'compressed',
    loadPaths: [modules],
    quietDeps: true,
    logger: sass.Logger.silent,
  })
  const ranges = more.map((one) => `U+${one.codePointAt(0).toString(16)}`).join(',')
  return css
    .replace('U+10ffff', ranges)
    .replace(/url\(["']?([\w.-]+)["']?\)/g, (whole, name) =>
      manifest[name] ? `url(${manifest[name]})` : whole,
    )
}

/** One bundle: `app.ts` stands on every page, any other on the page of its name. */
async function script(entry) {
  const esbuild = await import('esbuild')
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(root, 'public/js', entry)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2020', 'safari15.4'],
    write: false,
    legalComments: 'none',
    tsconfigRaw: {},
    absWorkingDir: root,
    nodePaths: [modules],
  })
  return Buffer.from(outputFiles[0].contents).toString('utf8')
}

/** Yesterday's files stay for a day: a process that runs still names them. */
function prune(keep) {
  const dayAgo = Date.now() - 24 * 3600 * 1000
  for (const name of readdirSync(out)) {
    if (!/\.[0-9a-f]{10}\.\w+(\.br)?$/.test(name) || keep.has(name.replace(/\.br$/, ''))) continue
    try {
      if (statSync(join(out, name)).mtimeMs < dayAgo) unlinkSync(join(out, name))
    } catch {
      // Another build was quicker.
    }
  }
}

/** Whether everything the manifest names is really there. */
function isWhole() {
  try {
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    return Object.values(manifest).every((name) => existsSync(join(out, name)))
  } catch {
    return false
  }
}

async function main() {
  const characters = uiCharacters()
  const inputs = ['public/css', 'public/js', 'public/icons', ...sharedWithServer]
    .flatMap((path) => (path.endsWith('.ts') ? join(root, path) : filesIn(join(root, path))))
    .concat(fileURLToPath(import.meta.url))
  const signature = hash(
    inputs.map((path) => `${relative(root, path)} ${hash(readFileSync(path))}`).join('\n') +
      JSON.stringify(characters) +
      [
        'govuk-frontend',
        'pretendard',
        '@fontsource-variable/noto-sans-kr',
        '@embedpdf/fonts-kr',
        '@embedpdf/fonts-jp',
        'signature_pad',
        '@noble/curves',
        '@noble/hashes',
        '@simplewebauthn/browser',
        'esbuild',
        'sass',
      ]
        .map(versionOf)
        .join(' '),
    64,
  )
  const stamp = join(out, '.inputs')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === signature && isWhole()) return

  const started = Date.now()
  const manifest = {
    'ui.woff2': await uiFont('ui', characters.first),
    'more.woff2': await uiFont('more', characters.more),
  }
  manifest['paper-regular.ttf'] = await paperFont('Regular')
  manifest['paper-bold.ttf'] = await paperFont('Bold')
  const korean = await hanjaFont('kr')
  const japanese = await hanjaFont('jp', korean.own)
  manifest['paper-hanja-kr.otf'] = korean.logical
  manifest['paper-hanja-jp.otf'] = japanese.logical
  const coverage = await paperCoverage(manifest['paper-regular.ttf'], [
    ...korean.own,
    ...japanese.own,
  ])
  manifest['paper-coverage.json'] = `paper-coverage.${hash(coverage)}.json`
  write(manifest['paper-coverage.json'], coverage)
  for (const path of filesIn(join(root, 'public/icons'))) {
    const logical = relative(join(root, 'public/icons'), path)
    const content = readFileSync(path)
    const name = logical.replace(/(\.\w+)$/, `.${hash(content)}$1`)
    write(name, content)
    manifest[logical] = name
  }
  manifest['app.css'] = writeText('app.css', await stylesheet(manifest, characters.more))
  manifest['app.js'] = writeText('app.js', await script('app.ts'))
  manifest['upload.js'] = writeText('upload.js', await script('upload.ts'))
  manifest['verify.js'] = writeText('verify.js', await script('verify.ts'))
  manifest['sign.js'] = writeText('sign.js', await script('sign.ts'))
  manifest['passkey.js'] = writeText('passkey.js', await script('passkey.ts'))
  manifest['text.css'] = writeText(
    'text.css',
    splitFont({
      css: join(pretendard, 'pretendardvariable-dynamic-subset.css'),
      folder: `pretendard-${versionOf('pretendard')}`,
      family: 'Joinder Text',
      weight: '45 920',
    }),
  )
  manifest['hanja.css'] = writeText(
    'hanja.css',
    splitFont({
      css: join(noto, 'wght.css'),
      folder: `noto-sans-kr-${versionOf('@fontsource-variable/noto-sans-kr')}`,
      family: 'Joinder Hanja',
      weight: '100 900',
      only: hanjaRanges,
    }),
  )
  for (const [name, from] of [
    ['pretendard', join(modules, 'pretendard/dist/LICENSE.txt')],
    ['noto-sans-kr', join(noto, 'LICENSE')],
    ['noto-sans-jp', join(modules, '@embedpdf/fonts-jp/LICENSE')],
  ]) {
    if (existsSync(from)) replace(`LICENSE-${name}.txt`, readFileSync(from))
  }
  replace('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`)
  replace('.inputs', signature)
  prune(new Set(Object.values(manifest)))
  console.log(
    `assets: ${characters.first.length} and ${characters.more.length} characters in the page fonts, built in ${Date.now() - started} ms`,
  )
}

await main()
