package upgrade

import (
	"testing"

	"github.com/memdil/memdil/graphs/internal/passtest"
)

// TestUpgradeKeepsRandomGraphs upgrades models that are modern already.
func TestUpgradeKeepsRandomGraphs(t *testing.T) {
	all := map[string]passtest.Pass{"Model": Model, "SpellAttention": SpellAttention}
	passtest.Keep(t, all)
	passtest.LeaveForeign(t, all)
}
