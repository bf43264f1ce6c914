/** The suite in five parts, so that scripts/test.ts repeats on other configurations what they can change, and nothing else. */
import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: { name, include, exclude },
});

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2, // tests run threads of their own
    testTimeout: 60_000,
    hookTimeout: 60_000, // a browser begins slowly on a busy machine
    projects: [
      // Depends on threads and mathematics: on every configuration.
      project(
        "library",
        ["test/**/*.test.ts"],
        ["test/kernels/**", "test/guards/source/**", "test/guards/processes/**", "test/browser/**", "test/package/**"],
      ),
      // Run both binaries themselves, or choose threads and mathematics themselves: once on every Node.
      project("kernels", ["test/kernels/**/*.test.ts"]),
      project("processes", ["test/guards/processes/**/*.test.ts"]),
      // Look at sources, or start what they need themselves: once.
      project("source", ["test/guards/source/**/*.test.ts"]),
      project("package", ["test/package/**/*.test.ts", "test/browser/**/*.test.ts"]),
    ],
  },
});
