package study

import "testing"

// TestRenew gives a trial that has not ended the place of the data that its
// study was given meanwhile, and nothing that would change its result.
func TestRenew(t *testing.T) {
	old, dir := made(t, fake)
	r := &runner{plan: old, dir: dir, contents: &Contents{}, slots: slots{threads: 1}}
	if err := r.openBooks(); err != nil {
		t.Fatal(err)
	}
	trial := r.propose(0)
	if made, err := trial.publish(dir); err != nil || !made {
		t.Fatal(made, err)
	}
	now, err := parseIn([]byte(fake), "", map[string]any{"data_dir": "/elsewhere", "loop": "host", "epochs": 9})
	if err != nil {
		t.Fatal(err)
	}
	r.plan = now
	if err := r.renew(trial); err != nil {
		t.Fatal(err)
	}
	got, err := readTrial(trial.dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"data_dir": "/elsewhere", "loop": "host", "epochs": "8", "model": "MLP"} {
		if spelt(got.Settings[name]) != want {
			t.Errorf("%s is %v, want %s", name, got.Settings[name], want)
		}
	}
}
