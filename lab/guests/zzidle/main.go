package main
import ("fmt";"time";"github.com/domlet/domlet/rt")
func main(){
 time.Sleep(time.Second)
 for i:=0;i<2;i++ {
 a:=rt.ReadStats(); time.Sleep(10*time.Second); b:=rt.ReadStats()
 fmt.Printf("wakeups %d calls %d events %d switches %d idle %.2f%%\n", b.Wakeups-a.Wakeups,b.Calls-a.Calls,b.Events-a.Events,b.Switches-a.Switches,float64(b.IdleTime-a.IdleTime)/1e8)
 }
 fmt.Printf("%+v\n", rt.ReadStats())
}
