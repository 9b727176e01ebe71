import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createLauncher, type Launcher } from './processes.ts'
import { type Bar, type Findings, judge, type Machine, toMarkdown } from './report.ts'
import { measureFailover, measurePacedStream, measureStartUp, measureThroughput } from './scenes.ts'
import { measureSelection } from './selection.ts'
import type { Effort } from './traffic.ts'

/** How much is done of everything. */
interface Plan {
  readonly throughput: Effort
  readonly paced: Effort
  readonly warmUpAnswers: number
  readonly selection: { readonly rounds: number; readonly picks: number }
  readonly startUpRounds: number
}

const FULL: Plan = {
  throughput: { rounds: 13, sliceMs: 400 },
  paced: { rounds: 7, sliceMs: 1_000 },
  warmUpAnswers: 1_500,
  selection: { rounds: 15, picks: 50_000 },
  startUpRounds: 5,
}

const QUICK: Plan = {
  throughput: { rounds: 3, sliceMs: 300 },
  paced: { rounds: 2, sliceMs: 600 },
  warmUpAnswers: 500,
  selection: { rounds: 5, picks: 20_000 },
  startUpRounds: 1,
}

const RESULTS = join(import.meta.dirname, 'results')
const README = join(import.meta.dirname, 'README.md')
const NUMBERS = /(?<=<!-- numbers -->\n)[\s\S]*(?=<!-- end of numbers -->)/

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const plan = values.quick ? QUICK : FULL
const cores = availableParallelism()
const launcher = await createLauncher()
const findings = await measure(launcher, plan, describeMachine(cores, launcher, plan))
const bars = judge(findings)
const markdown = toMarkdown(findings, bars)
console.log(`\n${markdown}\n`)
if (!values.quick) await keep(findings, bars, markdown)
if (bars.some(({ verdict }) => verdict === 'fail')) process.exitCode = 1

async function measure(launcher: Launcher, plan: Plan, machine: Machine): Promise<Findings> {
  say('picking a key')
  const selection = await measureSelection(plan.selection.rounds, plan.selection.picks)
  say('start-up')
  const startUp = await measureStartUp(launcher, plan.startUpRounds)
  say('failover')
  const failover = await measureFailover(launcher)
  say('paced stream')
  const paced = await measurePacedStream(launcher, plan.paced, plan.warmUpAnswers)
  say('throughput')
  const throughput = await measureThroughput(launcher, plan.throughput, plan.warmUpAnswers)
  return { machine, throughput, paced, failover, selection, startUp }
}

function say(what: string): void {
  console.log(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${what}`)
}

/** @param cores - counted before this process was pinned to one. */
function describeMachine(cores: number, { isPinned }: Launcher, { throughput }: Plan): Machine {
  return {
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores,
    isPinned,
    rounds: throughput.rounds,
  }
}

/** Only a full run is kept: a quick one is too rough to be quoted. */
async function keep(findings: Findings, bars: readonly Bar[], markdown: string): Promise<void> {
  const measuredAt = new Date().toISOString()
  await mkdir(RESULTS, { recursive: true })
  await writeFile(
    join(RESULTS, 'latest.json'),
    `${JSON.stringify({ measuredAt, ...findings, bars }, null, 2)}\n`,
  )
  const readme = await readFile(README, 'utf8')
  await writeFile(
    README,
    readme.replace(NUMBERS, () => `\nMeasured on ${measuredAt.slice(0, 10)}.\n\n${markdown}\n\n`),
  )
}
