const { process } = globalThis;

export const { argv, cwd, exit, hrtime, nextTick, platform, stderr, stdout } = process;

export default process;
