import { checkMatterFile } from './check-matter'

const usage = 'npm run matters -- check server/matters/shipped/coupang-2025-kr.yaml'

/** `npm run matters -- check FILE …`: exit code 0 when every file can be shipped, 1 when one cannot, 2 when it was called wrongly. */
function main([command, ...files]: string[]): number {
  if (command !== 'check' || files.length === 0) {
    console.error(`Which file? For example: ${usage}`)
    return 2
  }
  let wrong = 0
  for (const file of files) {
    const complaints = checkMatterFile(file)
    wrong += complaints.length
    if (complaints.length === 0) console.log(`${file}: nothing is wrong.`)
    else console.log(`${file}: ${complaints.length} to mend.`)
    for (const { line, place, text } of complaints) {
      console.log(`  line ${line}, ${place}\n    ${text}`)
    }
  }
  return wrong === 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
