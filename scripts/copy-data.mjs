// Puts the data files beside the compiled sources: src/**/data to dist/**/data. tsc copies none.
import { cpSync, globSync } from 'node:fs';

for (const folder of globSync('src/**/data')) cpSync(folder, folder.replace(/^src/, 'dist'), { recursive: true });
