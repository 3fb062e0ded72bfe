import { playHistories } from './simulation/play-histories.ts'
import { saboteurs } from './simulation/saboteurs.ts'
const n = Number(process.env.N ?? 50)
for (const [name, s] of Object.entries(saboteurs)) { const t = performance.now(); const o = await playHistories(n, s).catch((e) => e); console.log(name, o.faults ? o.faults.length : o, 'of', n, o.faults?.slice(0, 3).map((f: string) => f.slice(0, 150)), Math.round(performance.now() - t)) }
process.exit(0)
