package dict

import (
	"bytes"
	"maps"
	"testing"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// FuzzOperations takes three bytes as an operation on a dictionary and its model: what, a key, a payload size. The invariants hold and
// views and shared copies keep their moment.
func FuzzOperations(f *testing.F) {
	f.Add([]byte{1, 1, 1, 2, 1, 9, 3, 1, 0})
	f.Add(bytes.Repeat([]byte{0x10, 7, 255, 0x21, 9, 90, 4, 0, 0, 0x33, 7, 3, 6, 0, 0, 5, 0, 0}, 20))
	var rising []byte
	for n := range 256 {
		rising = append(rising, 1, byte(n), byte(n))
	}
	f.Add(append(rising, 7, 0, 0, 4, 0, 0, 3, 9, 0, 8, 0, 0))
	f.Fuzz(func(t *testing.T, operations []byte) {
		if len(operations) > 3000 {
			return
		}
		space := &page.Space{}
		hash := crowds[len(operations)%len(crowds)].hash
		m := &model{New(space, hash), map[string]value{}}
		var views []*openView
		for step := 0; len(operations) >= 3; step, operations = step+1, operations[3:] {
			what, n, size := operations[0], int(operations[1]), int(operations[2])
			key := sizedKey(n, []int{2, 1, 125, 126, 300}[n%5])
			switch what % 16 {
			case 3:
				m.delete(t, key)
			case 4:
				if len(views) < 4 {
					at := space.Open()
					views = append(views, &openView{model{m.dict.View(), maps.Clone(m.want)}, at})
				}
			case 5:
				if len(views) > 0 {
					views[0].compare(t)
					space.Close(views[0].at)
					views = views[1:]
				}
			case 6:
				m.dict = m.dict.Share()
			case 7:
				space.BeginPacking()
				m.dict.Repack(0, 1+size)
			case 8:
				for from, calls := uint64(n)<<45, 0; calls == 0 || from != 0; calls++ {
					if from = m.dict.Scan(from, 1+size, func(Item) {}); calls > len(m.want)+1 {
						t.Fatal("a scan without end")
					}
				}
			case 9:
				m.put(key, bytes.Repeat([]byte{byte(n)}, size), step)
			default:
				m.put(key, bytes.Repeat([]byte{byte(n)}, size*int(1+what>>6)), nil)
			}
			if step%8 == 0 || len(operations) < 6 {
				if err := m.dict.Check(); err != nil {
					t.Fatalf("step %d: %v", step, err)
				}
			}
		}
		m.compare(t)
		for _, v := range views {
			v.compare(t)
		}
	})
}
