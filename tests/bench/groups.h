// The groups of figures.
#pragma once

namespace norman::bench {

void measureOverlay();   // packets per clock, latency, simulation speed
void measureChanges();   // packets per clock while tables change
void measureSwap();      // hot swaps under full load
void measureTables();    // what rule tables hold, and what changing one costs
void measureRows();      // size of the examples beside hXDP's
void measureCompile();   // time of the compiler
void measureCompileRules();  // long lists, beside iptables and nft
void measureFit();       // rulesets of real hosts
void measureOverlays();  // what fits each overlay
void measureSpeed();     // packets per second of model and native code

}  // namespace norman::bench
