package tracking

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// TestRecord compares with what tensorboard 2.21.0 writes of the same event:
// python -c "from tensorboard.summary.writer.record_writer import RecordWriter; …write(bytes.fromhex('09000000000000f03f1a0d627261696e2e4576656e743a32'))".
func TestRecord(t *testing.T) {
	wall := time.Unix(1, 0)
	if got, want := hex.EncodeToString(versionEvent(wall)), "09000000000000f03f1a0d627261696e2e4576656e743a32"; got != want {
		t.Fatalf("event %s, want %s", got, want)
	}
	var b bytes.Buffer
	if err := writeRecord(&b, versionEvent(wall)); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(b.Bytes()); got != goldenRecord {
		t.Errorf("record %s, want %s", got, goldenRecord)
	}
}

const goldenRecord = "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a"

// scalars reads the scalar values of the event files in dir, by tag.
func scalars(t *testing.T, dir string) map[string][]Point {
	t.Helper()
	out := map[string][]Point{}
	for _, path := range eventFiles(t, dir) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for len(data) > 0 {
			n := binary.LittleEndian.Uint64(data)
			event := data[12 : 12+n]
			if masked(data[:8]) != binary.LittleEndian.Uint32(data[8:]) || masked(event) != binary.LittleEndian.Uint32(data[12+n:]) {
				t.Fatal("a checksum is wrong")
			}
			data = data[16+n:]
			step, summary := int64(0), []byte(nil)
			fields(t, event, func(field protowire.Number, v uint64, sub []byte) {
				switch field {
				case 2:
					step = int64(v)
				case 5:
					summary = sub
				}
			})
			fields(t, summary, func(_ protowire.Number, _ uint64, value []byte) {
				p := Point{Step: step, Value: math.NaN()}
				fields(t, value, func(field protowire.Number, v uint64, sub []byte) {
					switch field {
					case 1:
						p.Name = string(sub)
					case 2:
						p.Value = float64(math.Float32frombits(uint32(v)))
					}
				})
				out[p.Name] = append(out[p.Name], p)
			})
		}
	}
	return out
}

func eventFiles(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*tfevents*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// fields visits the fields of a message.
func fields(t *testing.T, data []byte, visit func(field protowire.Number, v uint64, sub []byte)) {
	t.Helper()
	for len(data) > 0 {
		field, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		data = data[n:]
		var v uint64
		var sub []byte
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var w uint32
			w, n = protowire.ConsumeFixed32(data)
			v = uint64(w)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(data)
		default:
			sub, n = protowire.ConsumeBytes(data)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		data = data[n:]
		visit(field, v, sub)
	}
}

func TestTensorBoardWritesEveryStepOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	log := slog.New(slog.DiscardHandler)
	params := []Param{{"lr", 0.1}, {"depth", 3}, {"seed", int64(6)}, {"use_bn", true}, {"model", "MLP"}}
	history := []Point{{"loss", 1, 0.5}, {"nc1", 1, math.NaN()}, {"loss", 2, 0.25}, {"nc1", 2, 3}, {"loss", 3, math.Inf(1)}}

	first := OpenTensorBoard(dir, params, log)
	first.Add(history[:2]...)
	first.Finish(Stopped)
	if end := scalars(t, dir)["_hparams_/session_end_info"]; len(end) > 0 {
		t.Error("an interrupted run has ended")
	}
	second := OpenTensorBoard(dir, params, log) // the run goes on
	for n := 1; n <= len(history); n++ {
		second.Add(history[:n]...)
	}
	second.Attach(File{"metrics.json", filepath.Join(dir, "gone")})
	second.Finish(Finished)

	if files := eventFiles(t, dir); len(files) != 1 || !strings.HasPrefix(filepath.Base(files[0]), eventFile) {
		t.Errorf("files %q, want one", files)
	}
	got := scalars(t, dir)
	if want := []Point{{"loss", 1, 0.5}, {"loss", 2, 0.25}}; !reflect.DeepEqual(got["loss"], want) {
		t.Errorf("loss %v, want %v", got["loss"], want)
	}
	if want := []Point{{"nc1", 2, 3}}; !reflect.DeepEqual(got["nc1"], want) {
		t.Errorf("nc1 %v, want %v", got["nc1"], want)
	}
	if len(got["_hparams_/session_start_info"]) != 1 || len(got["_hparams_/session_end_info"]) != 1 {
		t.Errorf("tags %v, want start and end of a session", got)
	}
}

// TestTensorBoardGoesOnWithoutItsFile gives up with one warning where it
// cannot write.
func TestTensorBoardGoesOnWithoutItsFile(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	b := OpenTensorBoard(filepath.Join(blocked, "dir"), nil, slog.New(slog.NewTextHandler(&text, nil)))
	b.Add(Point{"loss", 1, 1})
	b.Finish(Finished)
	if n := strings.Count(text.String(), "level=WARN"); n != 1 || !strings.Contains(text.String(), "TensorBoard") {
		t.Errorf("log %q, want one warning", text.String())
	}

	text.Reset()
	b = OpenTensorBoard(t.TempDir(), nil, slog.New(slog.NewTextHandler(&text, nil)))
	b.file.Close()
	b.Add(Point{"loss", 1, 1})
	b.Add(Point{"loss", 2, 1})
	b.Finish(Finished)
	if n := strings.Count(text.String(), "level=WARN"); n != 1 {
		t.Errorf("log %q, want one warning", text.String())
	}
}
